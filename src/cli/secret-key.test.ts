import { describe, expect, it } from 'vitest';
import type { BackendFacts, Provider, ScopeFacts } from '../model/facts.ts';
import type { Grant } from '../model/kinds/secret-backend.ts';
import { keyFor } from './secret-key.ts';

const everybody = {};
function scope(provider: Provider, grants: 'own' | readonly Grant[], name = 'web'): ScopeFacts {
  const id = { namespace: grants === 'own' ? 'team' : '', name: 'store', uid: 'b' };
  const refKind = grants === 'own' ? ('SecretBackend' as const) : ('ClusterSecretBackend' as const);
  const backend: BackendFacts = { kind: 'found', id, refKind, provider, identity: null, grants };
  return {
    id: { namespace: 'team', name, uid: 's' },
    spec: { level: 'Repository' },
    namespace: { name: 'team', labels: {} },
    backend,
    discovered: new Map(),
  };
}
const shared = (provider: Provider, ...keys: Grant['keys']) =>
  scope(provider, [{ namespaces: everybody, keys, operations: ['Read', 'Write'] }]);

describe('where a new entry is kept', () => {
  it.each<[Provider, string, object]>([
    ['aws', 'DB_URL', { key: 'team/web/DB_URL' }],
    ['gcp', 'DB_URL', { key: 'team_web_DB_URL' }],
    ['azure', 'DB_URL', { key: 'team--web--db-url' }],
    ['kubernetes', 'DB_URL', { key: 'web-values', property: 'DB_URL' }],
  ])('at a backend of its own namespace, %s', (provider, name, expected) => {
    expect(keyFor(scope(provider, 'own'), name)).toEqual({ kind: 'key', ...expected });
  });

  it.each<[Provider, string, object]>([
    ['aws', 'acme/', { key: 'acme/team/web/A' }],
    ['aws', '{namespace}/', { key: 'team/web/A' }],
    ['gcp', 'acme_', { key: 'acme_team_web_A' }],
    ['azure', 'acme--', { key: 'acme--team--web--a' }],
    ['kubernetes', 'acme.', { key: 'acme.team.web-values', property: 'A' }],
  ])('below the first prefix that a shared one grants for writing, %s %s', (provider, prefix, expected) => {
    expect(keyFor(shared(provider, { prefix }), 'A')).toEqual({ kind: 'key', ...expected });
  });

  it('is not made up where no prefix may be written', () => {
    const readOnly = scope('aws', [{ namespaces: everybody, keys: [{ prefix: 'acme/' }] }]);
    expect(keyFor(readOnly, 'A')).toMatchObject({ kind: 'none' });
    expect(keyFor(shared('aws', { key: 'acme/only' }), 'A')).toMatchObject({ kind: 'none' });
  });

  it('skips what is kept for somebody else', () => {
    const write = { namespaces: everybody, operations: ['Read' as const, 'Write' as const] };
    const grants = [
      { ...write, keys: [{ prefix: 'prod/' }], protectedBy: { namespace: 'team', name: 'production' } },
      { ...write, keys: [{ prefix: 'free/' }] },
    ];
    expect(keyFor(scope('aws', grants), 'A')).toMatchObject({ key: 'free/team/web/A' });
  });

  it.each<[Provider, string, string]>([
    ['azure', 'web--api', 'A'],
    ['azure', 'web', 'A__B'],
    ['azure', 'web', '_A'],
    ['gcp', 'web.v2', 'A'],
  ])(
    'is asked for where two entries could come to one key, or it is none: %s %s %s',
    (provider, name, entry) => {
      expect(keyFor(scope(provider, 'own', name), entry)).toMatchObject({ kind: 'none' });
    },
  );
});
