/** For tests: the health that Argo CD and Flux conclude from an object with the shipped rules, run as Lua and CEL. */
import { readFileSync } from 'node:fs';
import { Environment } from '@marcbachmann/cel-js';
import { LuaFactory, LuaLibraries } from 'wasmoon';
import { parse } from 'yaml';
import { API_VERSION } from '../src/model/kinds/common.ts';
import type { Reason } from '../src/model/reasons.ts';
import { conditionsFor, type Finding } from '../src/report/conditions.ts';

/** The kinds that both are told of. */
export const KINDS = [
  'SecretClaim',
  'SecretScope',
  'SecretRequest',
  'SecretBackend',
  'ClusterSecretBackend',
  'SealedValue',
  'WebhookAutomation',
];
export const NOW = '2026-01-01T00:00:00Z';
export const GENERATION = 7;

export const metadata = {
  name: 'web',
  namespace: 'team-web',
  uid: 'uid',
  resourceVersion: '1',
  generation: GENERATION,
};
export const withStatus = (kind: string, status: unknown) => ({
  apiVersion: API_VERSION,
  kind,
  metadata,
  spec: {},
  status,
});

/** An object of which the operator says this and nothing else. */
export function because(kind: string, reason: Reason) {
  const told: Finding = { reason, message: `about ${reason}` };
  const conditions = conditionsFor([told], told, GENERATION, [], NOW);
  return withStatus(kind, { observedGeneration: GENERATION, conditions });
}

export interface Health {
  readonly status: string;
  readonly message: string;
}

/** By kind: the script as Argo CD gets it. */
export function argoScripts(): Map<string, string> {
  const map = parse(readFileSync('deploy/gitops/argocd/argocd-cm.yaml', 'utf8')) as {
    readonly data: Readonly<Record<string, string>>;
  };
  return new Map(
    Object.entries(map.data).map(([key, text]) => [
      key.replace('resource.customizations.health.secretscope.dev_', ''),
      text,
    ]),
  );
}

// the libraries that Argo CD opens for health checks; there is no string library
const lua = await new LuaFactory().createEngine({ openStandardLibs: false });
lua.global.loadLibrary(LuaLibraries.Base);
lua.global.loadLibrary(LuaLibraries.Table);

/** As Argo CD runs it: the object is the global `obj`, and null is nil. */
export function argoHealth(kind: string, object: unknown): Health {
  const script = argoScripts().get(kind) ?? '';
  return lua.doStringSync(`obj = ${literal(object)}\n${script}`) as Health;
}

/** JSON as Lua writes it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `{${value.map(literal).join(',')}}`;
  if (typeof value !== 'object') return String(value);
  const fields = Object.entries(value).map(([key, field]) => `[${quoted(key)}]=${literal(field)}`);
  return `{${fields.join(',')}}`;
}

const quoted = (text: string): string =>
  `"${[...Buffer.from(text)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;

export interface HealthCheck {
  readonly apiVersion: string;
  readonly kind: string;
  readonly inProgress: string;
  readonly failed: string;
  readonly current: string;
}

export const FLUX_CHECKS = (
  parse(readFileSync('deploy/gitops/flux/health-checks.yaml', 'utf8')) as {
    readonly spec: { readonly healthCheckExprs: readonly HealthCheck[] };
  }
).spec.healthCheckExprs;

const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });

/** As Flux asks: the fields of the object are variables, the first expression that holds decides. */
export function fluxHealth(kind: string, object: Readonly<Record<string, unknown>>): string {
  const check = FLUX_CHECKS.find((one) => one.kind === kind);
  if (!check) throw new Error(`Flux has no expressions for ${kind}`);
  const holds = (expression: string) => cel.evaluate(expression, { ...object }) === true;
  if (holds(check.inProgress)) return 'InProgress';
  if (holds(check.failed)) return 'Failed';
  return holds(check.current) ? 'Current' : 'InProgress';
}
