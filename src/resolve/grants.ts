import type { BackendFacts, ScopeFacts } from '../model/facts.ts';
import { endsSegment, prefixesOf } from '../model/key-separators.ts';
import type { Grant } from '../model/kinds/secret-backend.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import { matchesLabels } from '../model/label-selector.ts';

export type GrantAnswer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'notGranted' }
  | { readonly kind: 'protected'; readonly by: string };

/** Answers for one scope and its backend, for as many keys as there are. */
export type KeyReader = (key: string) => GrantAnswer;

type GrantedKey = Grant['keys'][number];
export type Operation = 'Read' | 'Write';
type FoundBackend = Extract<BackendFacts, { kind: 'found' }>;

const GRANTED: GrantAnswer = { kind: 'granted' };
const NOT_GRANTED: GrantAnswer = { kind: 'notGranted' };

/** Whether somebody has to approve what a scope delivers: only then is it what `protectedBy` asks for. */
export function hasReviewers({ level, protection }: ScopeSpec): boolean {
  return level === 'Environment' && (protection?.requiredReviewers ?? []).length > 0;
}

/** Whether a backend lets `scope` read or write `key`; see `keyReader`. */
export function keyGranted(
  backend: BackendFacts,
  scope: ScopeFacts,
  key: string,
  operation: Operation = 'Read',
): GrantAnswer {
  return keyReader(backend, scope, hasReviewers(scope.spec), operation)(key);
}

/**
 * Which keys a backend lets `scope` read, or write. A backend of the scope's own namespace gives every key; a shared one
 * only what it grants to the scope's namespace. A key that a grant reserves with `protectedBy` is read through
 * that environment alone, whatever other grants say; reserved for two, it is nobody's.
 *
 * A backend may hold 256 grants of 64 keys, and an organization ask for 1,000: rules are looked up, not tried.
 */
export function keyReader(
  backend: BackendFacts,
  scope: ScopeFacts,
  isReviewed: boolean,
  operation: Operation = 'Read',
): KeyReader {
  if (backend.kind !== 'found') return () => NOT_GRANTED;
  const { grants } = backend;
  if (grants === 'own') return () => (isOwn(backend, scope) ? GRANTED : NOT_GRANTED);
  const granted = new KeyIndex(
    grantsFor(grants, scope, operation).flatMap(({ keys }) =>
      keys.map((rule) => [filledIn(rule, scope.namespace.name), '']),
    ),
  );
  const reserved = new KeyIndex(
    grants.flatMap(({ keys, protectedBy }) =>
      protectedBy ? keys.map((rule) => [rule, `${protectedBy.namespace}/${protectedBy.name}`]) : [],
    ),
  );
  const passes = isReviewed ? `${scope.id.namespace}/${scope.id.name}` : undefined;
  return (key) => {
    // asked first: a reservation is told only to those whom the backend's admin meant to reach the key at all
    if (granted.find(key).size === 0) return NOT_GRANTED;
    const closed = [...reserved.find(key)].filter((by) => by !== passes).sort();
    return closed.length > 0 ? { kind: 'protected', by: closed.join(' and ') } : GRANTED;
  };
}

/**
 * Whether a backend lets `scope` list what lies below `prefix`: only where one grant covers all of it. What is
 * listed is judged again key by key.
 */
export function prefixGranted(backend: BackendFacts, scope: ScopeFacts, prefix: string): boolean {
  if (backend.kind !== 'found') return false;
  if (backend.grants === 'own') return isOwn(backend, scope);
  return grantsFor(backend.grants, scope, 'Read').some(({ keys }) =>
    keys.some((rule) => {
      const granted = filledIn(rule, scope.namespace.name).prefix;
      return granted !== undefined && endsSegment(granted) && prefix.startsWith(granted);
    }),
  );
}

function isOwn(backend: FoundBackend, scope: ScopeFacts): boolean {
  return backend.id.namespace === scope.id.namespace;
}

function grantsFor(grants: readonly Grant[], scope: ScopeFacts, operation: Operation): Grant[] {
  return grants.filter(
    (grant) =>
      (grant.operations ?? ['Read']).includes(operation) &&
      matchesLabels(grant.namespaces, scope.namespace.labels),
  );
}

const PLACEHOLDER = '{namespace}';

/** A rule for one namespace. */
function filledIn({ key, prefix }: GrantedKey, namespace: string): GrantedKey {
  if (key !== undefined) return { key: key.replaceAll(PLACEHOLDER, namespace) };
  return { prefix: prefix?.replaceAll(PLACEHOLDER, namespace) };
}

/** Rules, and what each of them says, by the keys they cover. `{namespace}` left in a rule stands for any. */
class KeyIndex {
  readonly #keys = new Map<string, Set<string>>();
  readonly #prefixes = new Map<string, Set<string>>();
  readonly #patterns: { readonly rule: GrantedKey; readonly says: string }[] = [];

  constructor(rules: readonly (readonly [rule: GrantedKey, says: string])[]) {
    for (const [rule, says] of rules) {
      if ((rule.key ?? rule.prefix)?.includes(PLACEHOLDER)) this.#patterns.push({ rule, says });
      else this.#add(rule, says);
    }
  }

  find(key: string): ReadonlySet<string> {
    const found = new Set(this.#keys.get(key));
    for (const prefix of prefixesOf(key))
      for (const says of this.#prefixes.get(prefix) ?? []) found.add(says);
    for (const { rule, says } of this.#patterns) {
      if (namespacesIn(rule, key).some((namespace) => covers(filledIn(rule, namespace), key)))
        found.add(says);
    }
    return found;
  }

  #add({ key, prefix }: GrantedKey, says: string): void {
    const index = key === undefined ? this.#prefixes : this.#keys;
    const text = key ?? prefix;
    if (text !== undefined) index.set(text, new Set([...(index.get(text) ?? []), says]));
  }
}

function covers(rule: GrantedKey, key: string): boolean {
  return rule.key === key || prefixesOf(key).some((prefix) => prefix === rule.prefix);
}

/** Every namespace that `key` may mean where the rule says `{namespace}`. */
function namespacesIn(rule: GrantedKey, key: string): string[] {
  const [before = ''] = (rule.key ?? rule.prefix ?? '').split(PLACEHOLDER);
  if (!key.startsWith(before)) return [];
  const longest = /^[-a-z0-9]{1,63}/.exec(key.slice(before.length))?.[0] ?? '';
  return [...longest].map((_, end) => longest.slice(0, end + 1));
}
