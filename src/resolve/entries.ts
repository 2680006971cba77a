import type { Discovery, ScopeFacts } from '../model/facts.ts';
import type { Access, Discover, Entry, Level } from '../model/kinds/secret-scope.ts';
import { byName, canonicalName, isLoaderName, nameFaults } from '../model/names.ts';
import type { Uncertainty, Violation } from '../model/plan.ts';
import { type KeyReader, prefixGranted } from './grants.ts';

/** How many entries a level holds, explicit and discovered together (spec row G54). */
export const LEVEL_LIMIT: Record<Level, number> = { Organization: 1000, Repository: 100, Environment: 100 };

/** An entry of one level, written down or discovered. */
export interface LevelEntry {
  readonly name: string;
  readonly from: Entry['from'];
  readonly locked: boolean;
  /** Policies that all have to agree: a discovered key may lie below several prefixes. */
  readonly access: readonly Access[];
  readonly explicit: boolean;
  /** Set when two discovered keys make the same name: then both are broken. */
  readonly collidesWith: string | undefined;
}

/** A prefix whose keys are not known, or not all of them. */
export interface Unlisted {
  readonly access: Access;
  readonly why: Uncertainty;
}

export interface LevelEntries {
  readonly byName: ReadonlyMap<string, LevelEntry>;
  /** While there is one, any name may still turn up at this level. */
  readonly unlisted: readonly Unlisted[];
  /** Discovered names beyond the limit. They are no entries, but nothing less specific may stand in for them. */
  readonly leftOut: ReadonlySet<string>;
  readonly discovered: number;
  readonly notes: readonly Violation[];
}

/** All entries of a scope. Explicit entries win over discovered ones and count first. */
export function entriesOf(scope: ScopeFacts, keys: KeyReader): LevelEntries {
  const entries = new Map<string, LevelEntry>();
  for (const entry of scope.spec.secrets ?? []) entries.set(entry.name, explicitEntry(entry));
  const found = discover(scope, keys);
  const room = Math.max(0, LEVEL_LIMIT[scope.spec.level] - entries.size);
  const free = found.entries
    .filter((entry) => !entries.has(entry.name))
    .sort((a, b) => byName(a.name, b.name));
  const taken = free.slice(0, room);
  const leftOut = free.slice(room);
  for (const entry of taken) entries.set(entry.name, entry);
  return {
    byName: entries,
    unlisted: found.unlisted,
    leftOut: new Set(leftOut.map((entry) => entry.name)),
    discovered: taken.length,
    notes: leftOut.length > 0 ? [...found.notes, beyondLevelLimit(scope, leftOut.length)] : found.notes,
  };
}

export function explicitEntry(entry: Entry): LevelEntry {
  return {
    name: entry.name,
    from: entry.from,
    locked: entry.locked === true,
    access: [entry.access ?? {}],
    explicit: true,
    collidesWith: undefined,
  };
}

interface Discovered {
  readonly entries: LevelEntry[];
  readonly unlisted: Unlisted[];
  readonly notes: Violation[];
}

function discover(scope: ScopeFacts, keys: KeyReader): Discovered {
  const policies = new Map<string, Access[]>();
  const unlisted: Unlisted[] = [];
  const notes: Violation[] = [];
  for (const rule of (scope.spec.discover ?? []).toSorted((a, b) => byName(a.prefix, b.prefix))) {
    if (refusedByBackend(scope, rule)) {
      notes.push(prefixNotGranted(scope, rule.prefix));
      continue;
    }
    const access = discoverAccess(rule);
    const listing = scope.discovered.get(rule.prefix);
    if (listing?.kind !== 'listed') {
      unlisted.push({ access, why: whyUnlisted(scope, rule.prefix, listing) });
      continue;
    }
    if (listing.truncated) {
      const note = truncatedListing(rule.prefix);
      notes.push(note);
      unlisted.push({ access, why: note });
    }
    for (const key of new Set(listing.keys)) {
      if (belongs(rule, key, keys)) policies.set(key, [...(policies.get(key) ?? []), access]);
    }
  }
  return { entries: entriesByName(policies), unlisted, notes };
}

/** Who finds something has not been told who may use it: Selected, with nobody (THREATS 17). */
function discoverAccess(rule: Discover): Access {
  return { ...rule.access, visibility: rule.access?.visibility ?? 'Selected' };
}

function refusedByBackend(scope: ScopeFacts, rule: Discover): boolean {
  return scope.backend.kind === 'found' && !prefixGranted(scope.backend, scope, rule.prefix);
}

/** A backend may list more than it was asked for; a key that is not granted must look like one that is not there. */
function belongs(rule: Discover, key: string, keys: KeyReader): boolean {
  return key.startsWith(rule.prefix) && keys(key).kind === 'granted';
}

function entriesByName(policies: ReadonlyMap<string, readonly Access[]>): LevelEntry[] {
  const entries = new Map<string, LevelEntry>();
  for (const key of [...policies.keys()].sort(byName)) {
    const name = discoveredName(key);
    if (name === undefined) continue;
    const other = entries.get(name);
    entries.set(name, {
      name,
      from: other?.from ?? { key },
      locked: false,
      access: [...(other?.access ?? []), ...(policies.get(key) ?? [])],
      explicit: false,
      collidesWith: other === undefined ? undefined : (other.collidesWith ?? key),
    });
  }
  return [...entries.values()];
}

/** Last path segment, `-`, `.`, `/` as `_`, in upper case; undefined where that is no name that may be delivered. */
export function discoveredName(key: string): string | undefined {
  const segment = key.slice(key.lastIndexOf('/') + 1);
  const name = canonicalName(segment.replace(/[-.]/g, '_'));
  return nameFaults(name).length === 0 && !isLoaderName(name) ? name : undefined;
}

/** Told to the owner of the level alone. A shared backend that is not there reads as one that grants nothing. */
function whyUnlisted(
  scope: ScopeFacts,
  prefix: string,
  listing: Extract<Discovery, { kind: 'unknown' }> | undefined,
): Uncertainty {
  const where = `spec.discover ${prefix}`;
  if (scope.backend.kind === 'missing') {
    if (scope.backend.refKind === 'ClusterSecretBackend') return prefixNotGranted(scope, prefix);
    const message = `${where}: spec.backendRef SecretBackend ${scope.backend.name} does not exist; create it`;
    return { reason: 'BackendMissing', message };
  }
  if (!listing?.why) return pendingDiscovery;
  const { reason, message } = listing.why;
  if (reason === 'DiscoveryEmpty') return { reason, message: `${where}: ${message}` };
  return { reason, message: `${where} cannot be listed: ${message}; delivered keys stay until it is` };
}

const pendingDiscovery: Uncertainty = {
  reason: 'DiscoveryPending',
  message: 'spec.discover has not been listed yet; delivered keys stay until it has',
};

function prefixNotGranted(scope: ScopeFacts, prefix: string): Violation {
  return {
    path: 'spec.discover',
    reason: 'KeyNotGranted',
    message: `spec.discover ${prefix}: ClusterSecretBackend ${scope.spec.backendRef?.name ?? ''} does not grant all keys below it to namespace ${scope.namespace.name}; ask its admin for a grant, or narrow the prefix`,
  };
}

function beyondLevelLimit(scope: ScopeFacts, count: number): Violation {
  const { level } = scope.spec;
  return {
    path: 'spec.discover',
    reason: 'LimitExceeded',
    message: `${count} discovered keys are left out: ${level} holds at most ${LEVEL_LIMIT[level]} secrets; narrow the prefix`,
  };
}

function truncatedListing(prefix: string): Violation {
  return {
    path: 'spec.discover',
    reason: 'LimitExceeded',
    message: `listing ${prefix} stopped after 20 pages; narrow the prefix`,
  };
}
