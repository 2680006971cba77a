import { describe, expect, it } from 'vitest';
import type { Discovery, Facts } from '../model/facts.ts';
import { backendFacts, factsOf, olderNamesakes } from './world.ts';
import { OWN, SHARED, SmallWorld, under } from './world-fixture.ts';

const unlisted = () => new Map<string, Discovery>();
const facts = (world: SmallWorld, key: string) =>
  factsOf(world, world.scopes.get(key) ?? expect.fail(), unlisted);
const backend = (world: SmallWorld, key: string) =>
  backendFacts(world, world.scopes.get(key) ?? expect.fail());

/** The chain in words: `team/web, acme/acme, none`. */
function chain(found: Facts | undefined): string {
  const words = found ? [`${found.scope.id.namespace}/${found.scope.id.name}`] : ['nothing'];
  let parent = found?.parent;
  for (; parent?.kind === 'found'; parent = parent.parent)
    words.push(`${parent.scope.id.namespace}/${parent.scope.id.name}`);
  return [...words, parent?.kind === 'unknown' ? parent.why : parent?.kind].join(', ');
}

describe('the facts about a scope', () => {
  it('are itself and the levels above, with their namespaces and backends', () => {
    const found = facts(SmallWorld.ofThreeLevels(), 'prod/web-prod');
    expect(chain(found)).toBe('prod/web-prod, team/web, acme/acme, none');
    expect(found?.scope).toMatchObject({ namespace: { name: 'prod' }, backend: { kind: 'none' } });
    expect(found?.parent).toMatchObject({
      scope: { namespace: { name: 'team' }, backend: { kind: 'found' } },
    });
  });

  it('name the parent by its namespace, or take it from their own', () => {
    const world = new SmallWorld()
      .scope('acme/acme', { level: 'Organization' })
      .scope('acme/web', { parentRef: { name: 'acme' } });
    expect(chain(facts(world, 'acme/web'))).toBe('acme/web, acme/acme, none');
  });

  it('hold nothing of the objects but identity and spec', () => {
    const found = facts(SmallWorld.ofThreeLevels(), 'team/web');
    expect(Object.keys(found?.scope.id ?? {}).sort()).toEqual(['name', 'namespace', 'uid']);
  });

  it('are not there while its namespace is not known, or its spec cannot be read', () => {
    const world = SmallWorld.ofThreeLevels();
    world.namespaces.delete('team');
    world.scope('other/odd', { level: 'Nonsense' });
    expect([facts(world, 'team/web'), facts(world, 'other/odd')]).toEqual([undefined, undefined]);
  });
});

describe('THREATS 19: a level above that is not known is unknown, never absent', () => {
  it.each<[string, (world: SmallWorld) => void, string]>([
    ['is not there', (world) => world.scopes.delete('acme/acme'), 'NotFound'],
    [
      'is being deleted',
      (world) =>
        world.scope('acme/acme', { level: 'Organization' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'Deleting',
    ],
    ['cannot be read', (world) => world.scope('acme/acme', { level: 'Nonsense' }), 'Invalid'],
    ['is in a namespace that is not known yet', (world) => world.namespaces.delete('acme'), 'NotSynced'],
  ])('when it %s', (_case, spoil, why) => {
    const world = SmallWorld.ofThreeLevels();
    spoil(world);
    expect(chain(facts(world, 'team/web'))).toBe(`team/web, ${why}`);
    expect(chain(facts(world, 'prod/web-prod'))).toBe(`prod/web-prod, team/web, ${why}`);
  });

  it.each<[string, SmallWorld, string]>([
    ['itself', new SmallWorld().scope('a/a', under('a/a')), 'a/a, NotFound'],
    [
      'its child',
      new SmallWorld().scope('a/a', under('b/b')).scope('b/b', under('a/a')),
      'a/a, b/b, NotFound',
    ],
    [
      'a circle above it',
      new SmallWorld().scope('a/a', under('b/b')).scope('b/b', under('c/c')).scope('c/c', under('b/b')),
      'a/a, b/b, c/c, NotFound',
    ],
  ])('a scope that names %s as its parent ends there', (_case, world, expected) => {
    expect(chain(facts(world, 'a/a'))).toBe(expected);
  });
});

describe('the backend of a scope', () => {
  const world = () =>
    new SmallWorld()
      .scope('team/own', OWN)
      .scope('team/shared', SHARED)
      .scope('team/none')
      .scope('other/own', OWN);

  it('of its own namespace gives every key', () => {
    expect(backend(world().backend('team/vault'), 'team/own')).toMatchObject({
      kind: 'found',
      refKind: 'SecretBackend',
      grants: 'own',
      identity: { namespace: 'team', serviceAccount: 'reader' },
      id: { namespace: 'team', name: 'vault', uid: 'uid-team/vault' },
    });
  });

  it('THREATS 1: of another namespace is never taken for its own', () => {
    expect(backend(world().backend('team/vault'), 'other/own')).toEqual({
      kind: 'missing',
      refKind: 'SecretBackend',
      name: 'vault',
    });
  });

  it('that is shared gives what was granted, and by default nothing', () => {
    const grants = [{ namespaces: {}, keys: [{ prefix: 'a/' }] }];
    expect(backend(world().clusterBackend('shared', { grants }), 'team/shared')).toMatchObject({
      kind: 'found',
      grants,
      identity: { namespace: 'vault' },
    });
    expect(backend(world().clusterBackend('shared'), 'team/shared')).toMatchObject({ grants: [] });
  });

  it.each<[string, (world: SmallWorld) => SmallWorld]>([
    ['does not exist', (made) => made],
    ['is being deleted', (made) => made.backend('team/vault', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ])('is missing when it %s', (_case, make) => {
    expect(backend(make(world()), 'team/own').kind).toBe('missing');
  });

  it('may be none', () => {
    expect(backend(world(), 'team/none')).toEqual({ kind: 'none' });
  });
});

describe('GX12: environments of one repository with one name', () => {
  const env = (name?: string) => ({
    level: 'Environment',
    ...under('team/web'),
    ...(name !== undefined && { environmentName: name }),
  });
  const at = (day: number, uid = `u${day}`) => ({ creationTimestamp: `2026-01-0${day}T00:00:00Z`, uid });
  const older = (world: SmallWorld, key: string) =>
    olderNamesakes(world, world.scopes.get(key) ?? expect.fail()).map(({ metadata }) => metadata.name);

  it('the older ones hold it, compared without case and with the object’s name as default', () => {
    const world = new SmallWorld()
      .scope('a/prod', env(), at(1))
      .scope('b/x', env('PROD'), at(2))
      .scope('c/y', env('Prod'), at(3))
      .scope('d/other', env(), at(1, 'u0'));
    expect([older(world, 'a/prod'), older(world, 'b/x'), older(world, 'c/y')]).toEqual([
      [],
      ['prod'],
      ['prod', 'x'],
    ]);
  });

  it('of the same age the lower UID holds it, so that exactly one does', () => {
    const world = new SmallWorld().scope('a/prod', env(), at(1, 'a')).scope('b/prod', env(), at(1, 'b'));
    expect([older(world, 'a/prod').length, older(world, 'b/prod').length]).toEqual([0, 1]);
  });

  it('not those of another repository, and nothing that is no environment', () => {
    const world = new SmallWorld()
      .scope('a/prod', { level: 'Environment', ...under('team/api') }, at(1))
      .scope('b/prod', under('team/web'), at(1, 'u0'))
      .scope('c/prod', env(), at(2))
      .scope('team/web');
    expect([older(world, 'c/prod'), older(world, 'team/web')]).toEqual([[], []]);
  });
});
