/**
 * Owns: who wants what: scopes with secrets of their own below one organization whose secrets all of them inherit.
 * Called by: fleet-stage.ts, broken-tenant-run.ts.
 */
import type { BackendLine } from '../../../src/fetch/account-pool.ts';
import type { PlanLine } from '../../../src/model/plan.ts';

export interface FleetScope {
  /** `namespace/name` */
  readonly key: string;
  /** whose fair share of an account it uses: its namespace */
  readonly tenant: string;
  readonly lines: readonly PlanLine[];
}

export interface FleetWorld {
  readonly scopes: readonly FleetScope[];
  readonly backends: readonly BackendLine[];
  readonly inheritedKeys: readonly string[];
}

export const OWN = 25;
export const INHERITED = 100;

/** One backend object for all: one account with one identity. */
export function worldOf(count: number, provider: string): FleetWorld {
  const backend = backendOf('shared', provider);
  const inheritedKeys = upTo(INHERITED, (index) => `org-${index}`);
  const inherited = inheritedKeys.map((key) => lineOf(key, backend, 'Organization', ''));
  const scopes = upTo(count, (index) => scopeOf(`team-${index}`, 'web', backend, inherited));
  return { scopes, backends: [backend], inheritedKeys };
}

/** A scope and its own secrets; what it inherits comes after them. */
export function scopeOf(
  tenant: string,
  name: string,
  backend: PlanLine['backend'],
  inherited: readonly PlanLine[],
): FleetScope {
  const own = upTo(OWN, (index) => lineOf(`${tenant}-${name}-${index}`, backend, 'Repository', tenant));
  return { key: `${tenant}/${name}`, tenant, lines: [...own, ...inherited] };
}

export function backendOf(name: string, provider: string): PlanLine['backend'] {
  const id = { namespace: '', name, uid: `uid-${name}` };
  return { refKind: 'ClusterSecretBackend', id, provider, identity: { name } };
}

export function keysOf({ scopes }: Pick<FleetWorld, 'scopes'>): string[] {
  return [...new Set(scopes.flatMap(({ lines }) => lines.map(({ key }) => key)))];
}

export function upTo<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function lineOf(
  key: string,
  backend: PlanLine['backend'],
  level: PlanLine['level'],
  tenant: string,
): PlanLine {
  const scope = { namespace: tenant || 'acme-org', name: level, uid: `uid-${level}-${tenant}` };
  const name = key.toUpperCase().replaceAll('-', '_');
  return { name, level, scope, locked: false, backend, key, encoding: 'None', explicit: true };
}
