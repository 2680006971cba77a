/**
 * Owns: where the value of a new entry is kept, unless --key says. Used by: secret-entry.ts. Pure.
 * Documented in docs/reference/cli.md: below the namespace and the scope, so that no two entries share a key.
 */
import type { Provider, ScopeFacts } from '../model/facts.ts';
import { keyGranted } from '../resolve/grants.ts';
import { keyFault } from '../resolve/key-rules.ts';

export interface EntryKey {
  readonly key: string;
  /** Kubernetes: the data key within the Secret. */
  readonly property?: string;
}

export type KeyChoice =
  | ({ readonly kind: 'key' } & EntryKey)
  /** `why` begins a sentence; its end is that --key has to say. */
  | { readonly kind: 'none'; readonly why: string };

export function keyFor(scope: ScopeFacts, name: string): KeyChoice {
  const { backend } = scope;
  if (backend.kind === 'none')
    return {
      kind: 'none',
      why: `scope ${scope.id.namespace}/${scope.id.name} has no backend (spec.backendRef)`,
    };
  if (backend.kind === 'missing')
    return { kind: 'none', why: `${backend.refKind} ${backend.name} cannot be looked at` };
  const { provider, grants } = backend;
  const path = [scope.id.namespace, scope.id.name];
  const candidates =
    grants === 'own'
      ? [placed(provider, '', path, name)]
      : writablePrefixes(scope).map(({ prefix, named }) =>
          placed(provider, prefix, named ? path.slice(1) : path, name),
        );
  const fit = candidates.find((one) => one !== undefined && isFit(scope, provider, one));
  if (fit) return { kind: 'key', ...fit };
  const where = `${backend.refKind} ${backend.id.name}`;
  return {
    kind: 'none',
    why:
      grants === 'own'
        ? `no key of ${where} (${provider}) can be made of ${path.join(', ')} and ${name}`
        : `${where} grants no prefix with Write to namespace ${scope.namespace.name} that a key could be made below`,
  };
}

/** In the order of the grants; `named`: it is already that of one namespace. */
function writablePrefixes({ backend, namespace }: ScopeFacts): { prefix: string; named: boolean }[] {
  if (backend.kind !== 'found' || backend.grants === 'own') return [];
  return backend.grants
    .filter(({ operations = ['Read'] }) => operations.includes('Write'))
    .flatMap(({ keys }) => keys)
    .flatMap(({ prefix }) => (prefix === undefined ? [] : [prefix]))
    .map((prefix) => ({
      prefix: prefix.replaceAll('{namespace}', namespace.name),
      named: prefix.includes('{namespace}'),
    }));
}

function isFit(scope: ScopeFacts, provider: Provider, { key }: EntryKey): boolean {
  if (keyFault(provider, key) !== undefined) return false;
  return (['Read', 'Write'] as const).every(
    (operation) => keyGranted(scope.backend, scope, key, operation).kind === 'granted',
  );
}

/** Undefined where two entries could come to the same key. */
function placed(
  provider: Provider,
  prefix: string,
  path: readonly string[],
  name: string,
): EntryKey | undefined {
  switch (provider) {
    case 'aws':
    case 'memory':
      return { key: prefix + [...path, name].join('/') };
    case 'gcp':
      // names of namespaces and scopes have no underscore, so each of the first ones ends a part
      return { key: prefix + [...path, name].join('_') };
    case 'azure':
      return azureKey(prefix, path, name);
    case 'kubernetes':
      // all of a scope in one Secret; the backend is in a namespace of its own, or has one for everybody
      return {
        key: `${prefix}${prefix === '' ? path.slice(1).join('.') : path.join('.')}-values`,
        property: name,
      };
    default:
      return provider satisfies never;
  }
}

/** Spec row K13: `_` becomes `-`, which is in no name; `--` is between parts, so it may be in none of them. */
function azureKey(prefix: string, path: readonly string[], name: string): EntryKey | undefined {
  const parts = [...path, name.toLowerCase().replaceAll('_', '-')];
  const isPlain = parts.every((part) => !part.includes('--') && !/^-|-$/.test(part));
  return isPlain ? { key: prefix + parts.join('--') } : undefined;
}
