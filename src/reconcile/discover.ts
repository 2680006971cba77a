import { deliveredNames } from '../materialize/delivery-record.ts';
import type { BackendFacts, Discovery, Facts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import { discoveredName } from '../resolve/entries.ts';
import { keyGranted, prefixGranted } from '../resolve/grants.ts';
import { BY_HOLDER } from '../watch/world.ts';
import type { Deps } from './deps.ts';

/**
 * Fills in what the `discover` prefixes of a scope and of the levels above it yield. A key that the backend
 * does not grant is left out before it can become a name: nobody learns that it exists.
 */
export async function withDiscoveries(facts: Facts, deps: Deps, signal: AbortSignal): Promise<Facts> {
  const { namespace, id } = facts.scope;
  const held = foundBefore(`${namespace.name}/${id.name}`, deps);
  const scope = await discovered(facts.scope, held, deps, signal);
  return { ...facts, scope, parent: await discoveredAbove(facts.parent, held, deps, signal) };
}

/** By UID of the level: names that it once found and that are delivered still. */
type FoundBefore = ReadonlyMap<string, readonly string[]>;

function foundBefore(key: string, deps: Deps): FoundBefore {
  const records = deps.targets
    .by(BY_HOLDER, key)
    // what a record that is not proven says is anybody's wish
    .flatMap(({ proof, record }) => (proof === 'proven' && record ? Object.values(record.keys) : []));
  const found = records.flatMap(deliveredNames).filter(({ explicit }) => !explicit);
  const byLevel = Map.groupBy(found, ({ supplier }) => supplier);
  return new Map([...byLevel].map(([supplier, names]) => [supplier, names.map(({ name }) => name)]));
}

async function discoveredAbove(
  parent: ParentFacts,
  held: FoundBefore,
  deps: Deps,
  signal: AbortSignal,
): Promise<ParentFacts> {
  if (parent.kind !== 'found') return parent;
  const [scope, above] = await Promise.all([
    discovered(parent.scope, held, deps, signal),
    discoveredAbove(parent.parent, held, deps, signal),
  ]);
  return { kind: 'found', scope, parent: above };
}

async function discovered(
  scope: ScopeFacts,
  held: FoundBefore,
  deps: Deps,
  signal: AbortSignal,
): Promise<ScopeFacts> {
  const rules = scope.spec.discover ?? [];
  const { backend } = scope;
  if (rules.length === 0 || backend.kind !== 'found') return scope;
  const listings = await Promise.all(
    rules.map((rule) => listGranted(scope, backend, rule.prefix, deps, signal)),
  );
  const listed = rules.map(({ prefix }, index) => ({ prefix, listing: listings[index] ?? UNKNOWN }));
  const lost = namesLost(listings, held.get(scope.id.uid) ?? []);
  return {
    ...scope,
    discovered: new Map(listed.map(({ prefix, listing }) => [prefix, doubted(listing, lost)])),
  };
}

const UNKNOWN: Discovery = { kind: 'unknown' };

/** Names that were found once and are below no prefix any more. */
function namesLost(listings: readonly Discovery[], before: readonly string[]): string[] {
  if (before.length === 0) return [];
  const keys = listings.flatMap((listing) => (listing.kind === 'listed' ? listing.keys : []));
  const names = new Set(keys.map(discoveredName));
  return [...new Set(before)].filter((name) => !names.has(name));
}

/**
 * A provider that lists nothing where it listed something is as likely to be wrong as right, and an empty answer is
 * never a withdrawal: what was found stays until the rule or the target lets it go.
 */
function doubted(listing: Discovery, lost: readonly string[]): Discovery {
  if (listing.kind !== 'listed' || listing.truncated || listing.keys.length > 0 || lost.length === 0)
    return listing;
  const names = lost.toSorted().slice(0, 3).join(', ');
  const message = `the provider lists nothing, although ${lost.length} delivered ${lost.length === 1 ? 'name' : 'names'} (${names}) came from discovery; if that is meant, take them out of the targets`;
  return { kind: 'unknown', why: { reason: 'DiscoveryEmpty', message } };
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
  const keys = listing.keys.filter((key) => keyGranted(backend, scope, key).kind === 'granted');
  return { ...listing, keys };
}
