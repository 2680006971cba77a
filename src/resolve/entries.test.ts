import { describe, expect, it } from 'vitest';
import { ACME, aSharedBackend, aWorld, type World } from './a-world.fixture.ts';
import { discoveredName, entriesOf } from './entries.ts';
import { keyReader } from './grants.ts';

const entries = (world: World) => {
  const { scope } = world.facts();
  return entriesOf(scope, keyReader(scope.backend, scope, false));
};
const keys = (world: World) =>
  Object.fromEntries([...entries(world).byName].map(([n, { from }]) => [n, from.key]));
const notes = (world: World) => entries(world).notes.map(({ reason, message }) => `${reason}: ${message}`);
const many = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => `${prefix}k-${String(i).padStart(4, '0')}`);

describe('the name of a discovered key', () => {
  it.each([
    ['acme/shared/npm-token', 'NPM_TOKEN'],
    ['npm.token', 'NPM_TOKEN'],
    ['a/b/c', 'C'],
    ['a/_x-1.y', '_X_1_Y'],
    ['Mixed-Case', 'MIXED_CASE'],
  ])('is its last segment, written as a name: %s is %s', (key, name) => {
    expect(discoveredName(key)).toBe(name);
  });

  it.each([
    ['nothing is left', 'acme/'],
    ['it begins with a digit', 'acme/2fa'],
    ['it is reserved', 'acme/github-token'],
    ['it has other characters', 'acme/a+b'],
    ['K10: it has letters beyond ASCII', 'acme/\u017falt'],
    ['it is too long', `acme/${'a'.repeat(254)}`],
    ['THREATS 17: loaders obey it', 'acme/ld-preload'],
    ['THREATS 17: Node obeys it', 'acme/node.options'],
    ['THREATS 17: shells obey it', 'acme/PATH'],
  ])('if %s, it makes no entry', (_case, key) => {
    expect(discoveredName(key)).toBeUndefined();
    expect(keys(aWorld().org().discover('acme/', [key]))).toEqual({});
  });
});

describe('the entries of a level', () => {
  it('are what is written and what is found', () => {
    const world = aWorld().org().secret('A', { key: 'a' }).discover('acme/', ['acme/b']);
    expect(keys(world)).toEqual({ A: 'a', B: 'acme/b' });
    expect(entries(world).discovered).toBe(1);
  });

  it('THREATS 17: if a key is found under the name of a written entry, the written one wins', () => {
    const world = aWorld().org().discover('acme/', ['acme/npm.token']).secret('NPM_TOKEN', { key: 'real' });
    expect(keys(world)).toEqual({ NPM_TOKEN: 'real' });
    expect(entries(world).byName.get('NPM_TOKEN')?.collidesWith).toBeUndefined();
  });

  it('THREATS 17: if two keys make one name, both are broken, in whatever order they are listed', () => {
    const list = ['acme/a-b', 'acme/a.b', 'acme/x/a_b'];
    for (const listed of [list, list.toReversed()]) {
      const entry = entries(aWorld().org().discover('acme/', listed)).byName.get('A_B');
      expect(entry).toMatchObject({ from: { key: 'acme/a-b' }, collidesWith: 'acme/a.b' });
    }
  });

  it('if two prefixes cover one key, it is one secret', () => {
    const world = aWorld().org().discover('acme/', ['acme/x/a']).discover('acme/x/', ['acme/x/a']);
    expect(entries(world).byName.get('A')?.collidesWith).toBeUndefined();
  });

  it('a listing that names a key twice names it once', () => {
    expect(
      entries(aWorld().org().discover('acme/', ['acme/a', 'acme/a'])).byName.get('A')?.access,
    ).toHaveLength(1);
  });

  it('if a backend lists more than it was asked for, the rest is no entry', () => {
    expect(keys(aWorld().org().discover('acme/', ['acme/a', 'ACME/b', 'other/acme/c']))).toEqual({
      A: 'acme/a',
    });
  });

  it('a discovered entry is never locked', () => {
    expect(entries(aWorld().org().discover('acme/', ['acme/a'])).byName.get('A')?.locked).toBe(false);
  });
});

describe('who may use a discovered entry', () => {
  const access = (world: World) => entries(world).byName.get('A')?.access;

  it('THREATS 17: if nothing is said, it is Selected with nobody', () => {
    expect(access(aWorld().org().discover('acme/', ['acme/a']))).toEqual([{ visibility: 'Selected' }]);
  });

  it('if only repositories are named, it is Selected', () => {
    expect(access(aWorld().org().discover('acme/', ['acme/a'], { namespaces: ACME }))).toEqual([
      { visibility: 'Selected', namespaces: ACME },
    ]);
  });

  it('if two prefixes cover it, both have to agree', () => {
    const world = aWorld().org().discover('acme/', ['acme/x/a'], { visibility: 'All' });
    expect(access(world.discover('acme/x/', ['acme/x/a']))).toEqual([
      { visibility: 'All' },
      { visibility: 'Selected' },
    ]);
  });
});

describe('what is not listed', () => {
  it('if a prefix has not been listed yet, the level is incomplete and what is written stands', () => {
    const world = aWorld().org().secret('A').discover('acme/', { kind: 'unknown' });
    expect(entries(world).unlisted.map(({ why }) => why.reason)).toEqual(['DiscoveryPending']);
    expect(Object.keys(keys(world))).toEqual(['A']);
  });

  it('a prefix that nobody has asked about yet is unknown, never empty', () => {
    const world = aWorld()
      .org()
      .spec({ discover: [{ prefix: 'acme/' }] });
    expect(entries(world).unlisted).toHaveLength(1);
  });

  it('an empty listing is a listing', () => {
    expect(entries(aWorld().org().discover('acme/', [])).unlisted).toEqual([]);
  });

  it('if a listing was cut, that is said, and the level stays incomplete', () => {
    const world = aWorld()
      .org()
      .discover('acme/', { kind: 'listed', keys: ['acme/a'], truncated: true });
    expect(entries(world).unlisted.map(({ why }) => why.reason)).toEqual(['LimitExceeded']);
    expect(notes(world)).toEqual(['LimitExceeded: listing acme/ stopped after 20 pages; narrow the prefix']);
    expect(keys(world)).toEqual({ A: 'acme/a' });
  });
});

describe('G54: how many entries a level holds', () => {
  it.each<[string, World, number]>([
    ['organization', aWorld().org(), 1000],
    ['repository', aWorld().repo(), 100],
    ['environment', aWorld().repo().env(), 100],
  ])('discovery in an %s stops at its limit, and says so', (_case, world, limit) => {
    const found = entries(world.discover('acme/', many(limit + 3, 'acme/')));
    expect(found.byName.size).toBe(limit);
    expect(found.discovered).toBe(limit);
    expect([...found.leftOut]).toEqual(
      [limit, limit + 1, limit + 2].map((i) => `K_${String(i).padStart(4, '0')}`),
    );
    expect(found.notes[0]).toMatchObject({ reason: 'LimitExceeded', path: 'spec.discover' });
    expect(found.notes[0]?.message).toMatch(/^3 discovered keys are left out/);
  });

  it('at the limit exactly, nothing is left out', () => {
    const found = entries(aWorld().repo().discover('acme/', many(100, 'acme/')));
    expect(found.byName.size).toBe(100);
    expect(found.notes).toEqual([]);
  });

  it('THREATS 17: written entries count first, so that nothing found displaces them', () => {
    const found = entries(aWorld().repo().secrets(99, 'Z').discover('acme/', many(2, 'acme/')));
    expect(found.byName.has('Z_099')).toBe(true);
    expect(found.discovered).toBe(1);
    expect([...found.leftOut]).toEqual(['K_0001']);
    expect(found.notes[0]?.message).toMatch(/^1 discovered keys/);
  });

  it('the first by name are taken, wherever their keys are', () => {
    const found = entries(aWorld().repo().secrets(99).discover('acme/', ['acme/b', 'acme/x/a']));
    expect([...found.leftOut]).toEqual(['B']);
  });

  it('a key found under the name of a written entry takes no place', () => {
    const found = entries(aWorld().repo().secrets(99).discover('acme/', ['acme/secret-001', 'acme/b']));
    expect(found.byName.size).toBe(100);
    expect(found.leftOut.size).toBe(0);
  });
});

describe('THREATS 1: discovery through a shared backend', () => {
  const shared = (prefix: string) => aSharedBackend([{ namespaces: ACME, keys: [{ prefix }] }]);

  it('if the prefix is not granted, nothing of it is an entry, and nothing is awaited', () => {
    const world = aWorld().org().discover('acme/', ['acme/a']).backend(shared('other/'));
    expect(keys(world)).toEqual({});
    expect(entries(world).unlisted).toEqual([]);
    expect(notes(world)).toEqual([
      'KeyNotGranted: spec.discover acme/: ClusterSecretBackend shared does not grant all keys below it to namespace acme-org; ask its admin for a grant, or narrow the prefix',
    ]);
  });

  it('if a key is reserved for another scope, it is as if it were not there', () => {
    const protectedBy = { namespace: 'x', name: 'y' };
    const backend = aSharedBackend([
      { namespaces: ACME, keys: [{ prefix: 'acme/' }] },
      { namespaces: ACME, keys: [{ key: 'acme/prod' }], protectedBy },
    ]);
    expect(keys(aWorld().org().discover('acme/', ['acme/a', 'acme/prod']).backend(backend))).toEqual({
      A: 'acme/a',
    });
  });

  it('if the backend is not there, what it would list is unknown', () => {
    const missing = { kind: 'missing', refKind: 'ClusterSecretBackend', name: 'shared' } as const;
    expect(
      entries(
        aWorld()
          .org()
          .spec({ discover: [{ prefix: 'acme/' }] })
          .backend(missing),
      ).unlisted,
    ).toHaveLength(1);
  });
});
