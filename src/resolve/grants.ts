import type { BackendFacts, ScopeFacts } from '../model/facts.ts';
import type { Grant } from '../model/kinds/secret-backend.ts';
import { matchesLabels } from '../model/label-selector.ts';

export type GrantAnswer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'notGranted' }
  | { readonly kind: 'protected'; readonly by: string };

type GrantedKey = Grant['keys'][number];
type FoundBackend = Extract<BackendFacts, { kind: 'found' }>;

/**
 * Whether a backend lets `scope` read `key`. A backend of the scope's own namespace gives every key; a shared
 * one only what it grants to the scope's namespace. A key that a grant reserves with `protectedBy` is read
 * through that environment alone, whatever other grants say; reserved for two, it is nobody's.
 */
export function keyGranted(
  backend: BackendFacts,
  scope: ScopeFacts,
  key: string,
  hasReviewers: boolean,
): GrantAnswer {
  if (backend.kind !== 'found') return { kind: 'notGranted' };
  if (backend.grants === 'own') return { kind: isOwn(backend, scope) ? 'granted' : 'notGranted' };
  const home = scope.namespace.name;
  const granted = grantsFor(backend.grants, scope).some((grant) =>
    grant.keys.some((rule) => covers(rule, key, home)),
  );
  // asked first: a reservation is told only to those whom the backend's admin meant to reach the key at all
  if (!granted) return { kind: 'notGranted' };
  const closed = reservations(backend.grants, key).filter(
    (by) => !(hasReviewers && by === `${scope.id.namespace}/${scope.id.name}`),
  );
  return closed.length > 0 ? { kind: 'protected', by: closed.join(' and ') } : { kind: 'granted' };
}

/**
 * Whether a backend lets `scope` list what lies below `prefix`: only where one grant covers all of it. What is
 * listed is judged again key by key.
 */
export function prefixGranted(backend: BackendFacts, scope: ScopeFacts, prefix: string): boolean {
  if (backend.kind !== 'found') return false;
  if (backend.grants === 'own') return isOwn(backend, scope);
  return grantsFor(backend.grants, scope).some((grant) =>
    grant.keys.some((rule) => {
      const granted = prefixOf(rule, scope.namespace.name);
      return granted !== undefined && prefix.startsWith(granted);
    }),
  );
}

function isOwn(backend: FoundBackend, scope: ScopeFacts): boolean {
  return backend.id.namespace === scope.id.namespace;
}

function grantsFor(grants: readonly Grant[], scope: ScopeFacts): Grant[] {
  return grants.filter(
    (grant) =>
      (grant.operations ?? ['Read']).includes('Read') &&
      matchesLabels(grant.namespaces, scope.namespace.labels),
  );
}

/** The environments that a key is reserved for; `{namespace}` in a reservation stands for every namespace. */
function reservations(grants: readonly Grant[], key: string): string[] {
  const by = grants.flatMap(({ keys, protectedBy }) =>
    protectedBy && keys.some((rule) => reserves(rule, key))
      ? [`${protectedBy.namespace}/${protectedBy.name}`]
      : [],
  );
  return [...new Set(by)].sort();
}

const PLACEHOLDER = '{namespace}';

function reserves(rule: GrantedKey, key: string): boolean {
  const [before, after] = (rule.key ?? rule.prefix ?? '').split(PLACEHOLDER);
  if (after === undefined) return covers(rule, key, '');
  if (!key.startsWith(before ?? '')) return false;
  const namespace = /^[-a-z0-9]*/.exec(key.slice(before?.length))?.[0] ?? '';
  // every reading of the key: the namespace in it may be followed by more text of the rule
  return [...namespace].some((_, end) => covers(rule, key, namespace.slice(0, end + 1)));
}

function covers(rule: GrantedKey, key: string, namespace: string): boolean {
  if (rule.key !== undefined) return rule.key.replaceAll(PLACEHOLDER, namespace) === key;
  const prefix = prefixOf(rule, namespace);
  return prefix !== undefined && key.startsWith(prefix) && key.length > prefix.length;
}

/** The prefix of a rule. The separator at its end makes it whole segments: teams/a/ never covers teams/ab/x. */
function prefixOf(rule: GrantedKey, namespace: string): string | undefined {
  const prefix = rule.prefix?.replaceAll(PLACEHOLDER, namespace);
  return prefix !== undefined && /[/.]$/.test(prefix) ? prefix : undefined;
}
