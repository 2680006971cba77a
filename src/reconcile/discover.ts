import type { BackendFacts, Discovery, Facts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import { keyGranted, prefixGranted } from '../resolve/grants.ts';
import type { Deps } from './deps.ts';

/**
 * Fills in what the `discover` prefixes of a scope and of the levels above it yield. A key that the backend
 * does not grant is left out before it can become a name: nobody learns that it exists.
 */
export async function withDiscoveries(facts: Facts, deps: Deps, signal: AbortSignal): Promise<Facts> {
  const scope = await discovered(facts.scope, deps, signal);
  return { ...facts, scope, parent: await discoveredAbove(facts.parent, deps, signal) };
}

async function discoveredAbove(parent: ParentFacts, deps: Deps, signal: AbortSignal): Promise<ParentFacts> {
  if (parent.kind !== 'found') return parent;
  const [scope, above] = await Promise.all([
    discovered(parent.scope, deps, signal),
    discoveredAbove(parent.parent, deps, signal),
  ]);
  return { kind: 'found', scope, parent: above };
}

async function discovered(scope: ScopeFacts, deps: Deps, signal: AbortSignal): Promise<ScopeFacts> {
  const rules = scope.spec.discover ?? [];
  const { backend } = scope;
  if (rules.length === 0 || backend.kind !== 'found') return scope;
  const listings = await Promise.all(
    rules.map((rule) => listGranted(scope, backend, rule.prefix, deps, signal)),
  );
  return {
    ...scope,
    discovered: new Map(rules.map((rule, index) => [rule.prefix, listings[index] ?? { kind: 'unknown' }])),
  };
}

async function listGranted(
  scope: ScopeFacts,
  backend: Extract<BackendFacts, { kind: 'found' }>,
  prefix: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<Discovery> {
  // a prefix that no grant covers is not even asked for
  if (!prefixGranted(backend, scope, prefix)) return { kind: 'listed', keys: [], truncated: false };
  const listing = await deps.fetch.list(backend, prefix, { tenant: scope.namespace.name, signal });
  if (listing.kind !== 'listed') return listing;
  const keys = listing.keys.filter((key) => keyGranted(backend, scope, key, false).kind === 'granted');
  return { ...listing, keys };
}
