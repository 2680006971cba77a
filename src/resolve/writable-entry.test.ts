/** Where a value may be written: only into an entry of the scope itself, and only with a grant of Write (THREATS 1). */
import { describe, expect, it } from 'vitest';
import type { BackendFacts, ScopeFacts } from '../model/facts.ts';
import type { Grant } from '../model/kinds/secret-backend.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import { ACME, aNamespace, anOwnBackend, aScope, aSharedBackend, named } from './a-world.fixture.ts';
import { writableEntry } from './writable-entry.ts';

const entry = (name: string, from: object = {}, more: object = {}) => ({
  name,
  from: { key: `acme/${name.toLowerCase()}`, ...from },
  ...more,
});

function scopeWith(
  backend: BackendFacts,
  spec: Partial<ScopeSpec> = {},
  level: 'Repository' | 'Environment' = 'Repository',
): ScopeFacts {
  const backendRef = { kind: 'ClusterSecretBackend', name: 'shared' } as const;
  const scope = aScope(level, 'web', aNamespace('team-web'), { backendRef, secrets: [entry('A')], ...spec });
  return { ...scope, backend };
}

const GONE: BackendFacts = { kind: 'missing', refKind: 'SecretBackend', name: 'vault' };
const OWN_REF = { kind: 'SecretBackend', name: 'vault' } as const;

const reasonOf = (scope: ScopeFacts, name = 'A') => {
  const answer = writableEntry(scope, name);
  return answer.kind === 'writable' ? 'writable' : answer.reason;
};
const toAcme = (operations: Grant['operations'], more: Partial<Grant> = {}): Grant => ({
  namespaces: ACME,
  keys: [{ prefix: 'acme/' }],
  operations,
  ...more,
});

describe('an entry is written', () => {
  const own = anOwnBackend('team-web');

  it('through a backend of its own namespace, where its spec says', () => {
    const scope = scopeWith(own, { secrets: [entry('A', { property: 'password', encoding: 'Base64' })] });
    expect(writableEntry(scope, 'A')).toMatchObject({
      kind: 'writable',
      line: { name: 'A', key: 'acme/a', property: 'password', encoding: 'Base64', scope: scope.id },
    });
  });

  it.each<[string, readonly Grant[], string]>([
    ['a grant of Write', [toAcme(['Write'])], 'writable'],
    ['a grant of both', [toAcme(['Read', 'Write'])], 'writable'],
    ['no grant', [], 'KeyNotGranted'],
    ['a grant of Read', [toAcme(['Read'])], 'KeyNotGranted'],
    ['a grant that names no operation', [toAcme(undefined)], 'KeyNotGranted'],
    ['Write of another key', [toAcme(['Write'], { keys: [{ key: 'acme/b' }] })], 'KeyNotGranted'],
    [
      'Write of half a segment',
      [toAcme(['Write'], { keys: [{ prefix: 'acme/a'.slice(0, 3) }] })],
      'KeyNotGranted',
    ],
    ['Write for another namespace', [toAcme(['Write'], { namespaces: named('other') })], 'KeyNotGranted'],
  ])('or a shared one, with %s', (_what, grants, expected) => {
    expect(reasonOf(scopeWith(aSharedBackend(grants)))).toBe(expected);
  });

  it('never with the backend of another namespace', () => {
    expect(reasonOf(scopeWith(anOwnBackend('elsewhere')))).toBe('KeyNotGranted');
  });

  it.each<[string, ScopeFacts, string]>([
    ['a name that is no entry', scopeWith(own, { secrets: [] }), 'EntryMissing'],
    [
      'a name that is only found',
      scopeWith(own, { secrets: [], discover: [{ prefix: 'acme/' }] }),
      'EntryMissing',
    ],
    ['a pinned entry', scopeWith(own, { secrets: [entry('A', { version: '7' })] }), 'EntryPinned'],
    ['an entry of a backend that is not there', scopeWith(GONE, { backendRef: OWN_REF }), 'BackendMissing'],
    [
      'an entry without a backend',
      scopeWith({ kind: 'none' }, { backendRef: undefined } as never),
      'BackendMissing',
    ],
    [
      'a key that leads up',
      scopeWith(own, { secrets: [entry('A', { key: 'acme/../other' })] }),
      'KeyInvalid',
    ],
  ])('%s is not', (_what, scope, expected) => {
    expect(reasonOf(scope)).toBe(expected);
  });

  it('a locked one is, and one that shadows', () => {
    expect(reasonOf(scopeWith(own, { secrets: [entry('A', {}, { locked: true })] }))).toBe('writable');
  });

  it('one whose value was deleted is: that is how it comes back', () => {
    expect(reasonOf({ ...scopeWith(own), destroyed: new Set(['A']) })).toBe('writable');
  });
});

describe('a key that is kept for an environment', () => {
  const protectedBy = { namespace: 'team-web', name: 'web' };
  const backend = aSharedBackend([toAcme(['Read', 'Write'], { protectedBy })]);
  const reviewed = {
    protection: { requiredReviewers: [{ kind: 'User', name: 'ana' }] },
  } as Partial<ScopeSpec>;

  it('is written through that environment, with its reviewers', () => {
    expect(reasonOf(scopeWith(backend, reviewed, 'Environment'))).toBe('writable');
  });

  it.each<[string, ScopeFacts]>([
    ['an environment without reviewers', scopeWith(backend, {}, 'Environment')],
    ['a repository of that name', scopeWith(backend)],
    [
      'another environment',
      {
        ...scopeWith(backend, reviewed, 'Environment'),
        id: { namespace: 'team-web', name: 'other', uid: 'x' },
      },
    ],
  ])('is not written through %s', (_what, scope) => {
    expect(reasonOf(scope)).toBe('KeyProtected');
  });
});

describe('what is told', () => {
  it('of a shared backend that is not there is what is told of one that grants nothing', () => {
    const gone: BackendFacts = { kind: 'missing', refKind: 'ClusterSecretBackend', name: 'shared' };
    expect(writableEntry(scopeWith(gone), 'A')).toEqual(writableEntry(scopeWith(aSharedBackend([])), 'A'));
  });

  it('of a key that no provider takes is nothing to those who are granted none', () => {
    const secrets = [entry('A', { key: 'acme/../other' })];
    expect(reasonOf(scopeWith(aSharedBackend([]), { secrets }))).toBe('KeyNotGranted');
  });

  it('of a key that is not granted is the same whether or not it exists', () => {
    const scope = scopeWith(aSharedBackend([]), { secrets: [entry('A'), entry('B')] });
    const [a, b] = ['A', 'B'].map((name) =>
      JSON.stringify(writableEntry(scope, name)).replaceAll(`${name}:`, 'X:'),
    );
    expect(a).toBe(b);
  });
});
