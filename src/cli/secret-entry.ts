/** Owns: the entry of a scope that a value is for: the one that is there, or a new one. Used by: secret-set.ts. Pure. */
import type { Provider, ScopeFacts } from '../model/facts.ts';
import type { Access, Entry } from '../model/kinds/secret-scope.ts';
import { writableEntry } from '../resolve/writable-entry.ts';
import { type EntryKey, keyFor } from './secret-key.ts';
import type { ScopeStore } from './secret-store.ts';

export interface EntryWish {
  readonly name: string;
  /** Undefined: by convention. */
  readonly key: string | undefined;
  readonly property: string | undefined;
  readonly access: Access | undefined;
  /** The value is base64 of a file: a new entry has it decoded. */
  readonly base64: boolean;
}

export type EntryPlan =
  /** `changed`: as it has to be in the scope before the value is stored. */
  | { readonly kind: 'ready'; readonly entry: Entry; readonly changed: boolean; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly why: string };

export function planEntry({ facts, partlySeen }: ScopeStore, wish: EntryWish): EntryPlan {
  const there = facts.spec.secrets?.find(({ name }) => name === wish.name);
  const planned = there ? existing(there, wish) : fresh(facts, partlySeen, wish);
  if (planned.kind === 'refused') return planned;
  const writable = writableEntry(withEntry(facts, planned.entry), wish.name);
  if (writable.kind === 'writable' || partlySeen) return planned;
  const said = `${wish.name}: `;
  const { message } = writable;
  return { kind: 'refused', why: message.startsWith(said) ? message.slice(said.length) : message };
}

/** Undefined where the caller may not see it. */
export function providerOf({ backend }: ScopeFacts): Provider | undefined {
  return backend.kind === 'found' ? backend.provider : undefined;
}

function existing(entry: Entry, { key, property, access, base64 }: EntryWish): EntryPlan {
  const { from } = entry;
  if ((key !== undefined && key !== from.key) || (property !== undefined && property !== from.property))
    return {
      kind: 'refused',
      why: `its entry is kept under another key, ${from.key}${from.property === undefined ? '' : ` (${from.property})`}; leave out --key, or change spec.secrets of the scope first`,
    };
  if (!base64 && from.encoding !== undefined && from.encoding !== 'None')
    return {
      kind: 'refused',
      why: `its entry is decoded from ${from.encoding} before it is delivered; add --encode base64, and give the file itself`,
    };
  const changed = access !== undefined && !sameAccess(entry.access, access);
  return { kind: 'ready', entry: changed ? { ...entry, access } : entry, changed, isNew: false };
}

function fresh(facts: ScopeFacts, partlySeen: boolean, wish: EntryWish): EntryPlan {
  const { name, key, property, access, base64 } = wish;
  const chosen = key === undefined ? keyFor(facts, name) : given(key, property);
  if (chosen.kind === 'none')
    return {
      kind: 'refused',
      why: `${chosen.why}${partlySeen ? missingGet(facts) : ''}; say where with --key`,
    };
  const taken = facts.spec.secrets?.find(
    ({ from }) => from.key === chosen.key && (from.property ?? '') === (chosen.property ?? ''),
  );
  if (taken)
    return {
      kind: 'refused',
      why: `key ${chosen.key} is that of entry ${taken.name} already; name another one with --key`,
    };
  const from = {
    key: chosen.key,
    ...(chosen.property !== undefined && { property: chosen.property }),
    ...(base64 && { encoding: 'Base64' as const }),
  };
  // spec row G43: without a word about it, only private repositories
  const isOrganization = facts.spec.level === 'Organization';
  const granted = isOrganization ? (access ?? { visibility: 'Private' as const }) : undefined;
  const entry = { name, from, ...(granted && { access: granted }) };
  return { kind: 'ready', entry, changed: true, isNew: true };
}

/** Of a backend that the API server kept from the caller. */
function missingGet({ backend }: ScopeFacts): string {
  return backend.kind === 'missing'
    ? `: the right to get ${backend.refKind.toLowerCase()}s.secretscope.dev is missing`
    : '';
}

function given(key: string, property: string | undefined): { readonly kind: 'key' } & EntryKey {
  return { kind: 'key', key, ...(property !== undefined && { property }) };
}

function withEntry(facts: ScopeFacts, entry: Entry): ScopeFacts {
  const others = (facts.spec.secrets ?? []).filter(({ name }) => name !== entry.name);
  return { ...facts, spec: { ...facts.spec, secrets: [...others, entry] } };
}

function sameAccess(there: Access | undefined, wanted: Access): boolean {
  const text = ({ visibility = 'Private', repositories = [], namespaces, groups = [] }: Access) =>
    JSON.stringify([
      visibility,
      repositories.map((one) => `${one.namespace}/${one.name}`).sort(),
      namespaces,
      groups,
    ]);
  return text(there ?? {}) === text(wanted);
}
