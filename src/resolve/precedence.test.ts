import { describe, expect, it } from 'vitest';
import { LEVELS } from '../model/kinds/secret-scope.ts';
import { aNamespace, aScope, aWorld, type World } from './a-world.fixture.ts';
import { type Contender, chooseSupplier, judge } from './precedence.ts';

const denied = { visibility: 'Selected' } as const;
const locked = { locked: true };
/** Three levels that all define a name, as `env repo org`; a capital locks. */
const three = (locks: string): Contender[] =>
  [...locks].map((letter, depth) => {
    const level = LEVELS[2 - depth] ?? 'Organization';
    const scope = aScope(level, level, aNamespace('ns'));
    const entry = {
      name: 'T',
      from: { key: 'k' },
      locked: letter === 'L',
      access: [],
      explicit: true,
      collidesWith: undefined,
    };
    const keys = () => ({ kind: 'granted' }) as const;
    return {
      depth,
      link: { scope, visibility: 'Private', repository: scope, keys },
      offer: { entry, granted: true, beyondLimit: false },
    };
  });
const verdicts = (world: World, name = 'T') =>
  world
    .names()
    .names.get(name)
    ?.candidates.map(({ level, verdict }) => `${level} ${verdict}`);

describe('G16: the most specific level that defines a name wins', () => {
  it.each<[string, World, string]>([
    ['only the organization', aWorld().org().secret('T').repo().env(), 'Organization'],
    ['only the repository', aWorld().org().repo().secret('T').env(), 'Repository'],
    ['only the environment', aWorld().org().repo().env().secret('T'), 'Environment'],
    ['organization and repository', aWorld().org().secret('T').repo().secret('T').env(), 'Repository'],
    ['organization and environment', aWorld().org().secret('T').repo().env().secret('T'), 'Environment'],
    ['repository and environment', aWorld().org().repo().secret('T').env().secret('T'), 'Environment'],
    ['G15: all three', aWorld().org().secret('T').repo().secret('T').env().secret('T'), 'Environment'],
    ['nobody', aWorld().org().repo().env(), 'absent'],
  ])('if %s defines it: %s wins', (_case, world, winner) => {
    expect(world.supplier('T')).toBe(winner);
  });

  it('G16: an environment’s entry is not seen by its repository', () => {
    expect(aWorld().org().repo().secret('A').supplier('B')).toBe('absent');
  });

  it('G14: names compare exactly, the underscore included', () => {
    const world = aWorld().org().secret('A_B').repo().secret('AB');
    expect(world.supplier('A_B')).toBe('Organization');
    expect(world.supplier('AB')).toBe('Repository');
  });

  it('if the environment’s entry points elsewhere, key, property, version and encoding are all its own', () => {
    const org = aWorld().org().secret('T', { key: 'o', property: 'p', version: '1', encoding: 'Base64' });
    const answer = org.repo().env().secret('T', { key: 'e' }).answer('T');
    expect(answer).toMatchObject({ line: { key: 'e', encoding: 'None', scope: { name: 'web-prod' } } });
    expect(answer.kind === 'line' && Object.keys(answer.line)).not.toContain('property');
    expect(answer.kind === 'line' && Object.keys(answer.line)).not.toContain('version');
  });

  it('if a discovered entry of the repository meets a written one of the organization, the repository wins', () => {
    expect(aWorld().org().secret('T').repo().discover('r/', ['r/t']).supplier('T')).toBe('Repository');
  });

  it('if the organization does not grant its entry, the repository’s is used', () => {
    expect(aWorld().org().secret('T', { access: denied }).repo().secret('T').supplier('T')).toBe(
      'Repository',
    );
  });
});

describe('FAULTS 8: if a level above has locked its entry, that one wins', () => {
  it.each<[string, World, string]>([
    [
      'the organization',
      aWorld().org().secret('T', locked).repo().secret('T').env().secret('T'),
      'Organization',
    ],
    ['the repository', aWorld().org().secret('T').repo().secret('T', locked).env().secret('T'), 'Repository'],
    [
      'the environment itself',
      aWorld().org().secret('T').repo().secret('T').env().secret('T', locked),
      'Environment',
    ],
    [
      'organization and repository: the highest',
      aWorld().org().secret('T', locked).repo().secret('T', locked).env(),
      'Organization',
    ],
    [
      'nobody that grants it',
      aWorld()
        .org()
        .secret('T', { ...locked, access: denied })
        .repo()
        .secret('T'),
      'Repository',
    ],
    [
      'two, of which only the lower grants it',
      aWorld()
        .org()
        .secret('T', { ...locked, access: denied })
        .repo()
        .secret('T', locked)
        .env()
        .secret('T'),
      'Repository',
    ],
  ])('locked by %s: %s', (_case, world, winner) => {
    expect(world.supplier('T')).toBe(winner);
  });

  it('locking never makes a less specific entry lose to a more specific one of another name', () => {
    const world = aWorld().org().secret('T', locked).repo().secret('U');
    expect(world.supplier('U')).toBe('Repository');
  });

  it('if the locked entry is granted but beyond the limit, the name is withdrawn, not free', () => {
    const org = aWorld().org().secrets(100, 'A').secret('T', locked);
    expect(org.repo().secret('T').env().secret('T').answer('T')).toMatchObject({
      kind: 'denied',
      reason: 'LimitExceeded',
    });
  });

  it('if it is beyond the limit and not locked, it is as if it were not granted', () => {
    expect(aWorld().org().secrets(100, 'A').secret('T').repo().secret('T').supplier('T')).toBe('Repository');
  });
});

describe('FAULTS 9: how each level took part is told', () => {
  it.each<[string, World, string[]]>([
    [
      'shadowed',
      aWorld().org().secret('T').repo().secret('T').env().secret('T'),
      ['Environment supplies', 'Repository shadowed', 'Organization shadowed'],
    ],
    [
      'overruled',
      aWorld().org().secret('T', locked).repo().secret('T').env().secret('T'),
      ['Environment overruled', 'Repository overruled', 'Organization supplies'],
    ],
    [
      'both',
      aWorld().org().secret('T').repo().secret('T', locked).env().secret('T'),
      ['Environment overruled', 'Repository supplies', 'Organization shadowed'],
    ],
    [
      'not granted',
      aWorld().org().secret('T', { access: denied }).repo().secret('T'),
      ['Repository supplies', 'Organization notGranted'],
    ],
    [
      'not granted and alone',
      aWorld().org().secret('T', { access: denied }).repo(),
      ['Organization notGranted'],
    ],
    [
      'beyond the limit',
      aWorld().org().secrets(100, 'A').secret('T').repo().secret('T'),
      ['Repository supplies', 'Organization beyondLimit'],
    ],
    [
      'beyond the limit and alone',
      aWorld().org().secrets(100, 'A').secret('T').repo(),
      ['Organization beyondLimit'],
    ],
    [
      'beyond the limit and locked',
      aWorld().org().secrets(100, 'A').secret('T', locked).repo().secret('T'),
      ['Repository overruled', 'Organization beyondLimit'],
    ],
  ])('%s', (_case, world, expected) => {
    expect(verdicts(world)).toEqual(expected);
  });

  it('with the scope, the key and whether it was written or found', () => {
    const candidates = aWorld()
      .org()
      .secret('T', locked)
      .repo()
      .discover('r/', ['r/t'])
      .names()
      .names.get('T')?.candidates;
    expect(candidates).toMatchObject([
      { scope: { name: 'web' }, key: 'r/t', explicit: false, locked: false },
      { scope: { name: 'acme' }, key: 'organization/t', explicit: true, locked: true },
    ]);
  });
});

describe('the order in which the levels are told does not matter', () => {
  it.each([
    ['xxx', 0],
    ['xLx', 1],
    ['xxL', 2],
    ['LLx', 1],
    ['xLL', 2],
  ])('%s', (locks, depth) => {
    const contenders = three(locks);
    for (const list of [
      contenders,
      contenders.toReversed(),
      [...contenders.slice(1), ...contenders.slice(0, 1)],
    ]) {
      const winner = chooseSupplier(list);
      expect(winner?.depth).toBe(depth);
      expect(judge(list, winner)).toEqual(judge(contenders, winner));
    }
  });
});
