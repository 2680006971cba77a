import { describe, expect, it } from 'vitest';
import { ACME, aWorld, onlyFor, trusting, type World } from './a-world.fixture.ts';

const elsewhere = onlyFor('x', 'y');
const everybody = { visibility: 'All' } as const;
const usable = (world: World) =>
  [...world.names().names].flatMap(([name, { answer }]) => (answer.kind === 'line' ? [name] : []));
const discovered = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => `acme/${prefix}-${String(i + 1).padStart(3, '0')}`);

describe('G55: of an organization’s secrets the first 100 granted ones are used', () => {
  it.each([
    [99, 99, 0],
    [100, 100, 0],
    [101, 100, 1],
    [1000, 100, 900],
  ])('of %d granted, %d are used and %d are counted as left out', (count, used, cut) => {
    const world = aWorld().org().secrets(count).repo();
    expect(usable(world)).toHaveLength(used);
    expect(world.names().excluded).toBe(cut);
  });

  it('Q2: first by name: digits, letters, underscore', () => {
    const world = aWorld().org().secret('A_').secret('AB').secret('A1').secrets(98, '_').repo();
    expect(usable(world)).toHaveLength(100);
    expect(world.supplier('A_')).toBe('Organization');
    expect(world.supplier('__097')).toBe('Organization');
    expect(world.supplier('__098')).toBe('denied');
  });

  it('first by name, wherever it is written', () => {
    const world = aWorld().org().secret('Z').secrets(100, 'A').repo();
    expect(world.supplier('Z')).toBe('denied');
    expect(world.supplier('A_100')).toBe('Organization');
  });

  it('Q3: access is judged before the cut: what is not granted takes no place', () => {
    const world = aWorld().org().secrets(60, 'A', { access: elsewhere }).secrets(100, 'B').repo();
    expect(usable(world)).toHaveLength(100);
    expect(world.names().excluded).toBe(0);
    const more = aWorld().org().secrets(60, 'A', { access: elsewhere }).secrets(101, 'B').repo();
    expect(usable(more)).toHaveLength(100);
    expect(more.supplier('B_101')).toBe('denied');
  });

  it('Q3: shadowing comes after the cut: a name of one’s own frees no place', () => {
    const world = aWorld().org().secrets(101).repo().secret('SECRET_001').secret('SECRET_002');
    expect(world.supplier('SECRET_001')).toBe('Repository');
    expect(world.supplier('SECRET_101')).toBe('denied');
    expect(world.names().excluded).toBe(1);
  });

  it('G55: all 100 of the repository and all 100 of the environment are used beside them', () => {
    const world = aWorld().org().secrets(150, 'O').repo().secrets(100, 'R').env().secrets(100, 'E');
    expect(usable(world)).toHaveLength(300);
  });

  it('G55: if a name is cut, a more specific level may still supply it', () => {
    const world = aWorld().org().secrets(120).repo().secret('SECRET_110');
    expect(world.supplier('SECRET_110')).toBe('Repository');
  });

  it('if a name is cut and nobody else has it, it is denied, and says why', () => {
    expect(aWorld().org().secrets(101).repo().answer('SECRET_101')).toMatchObject({
      kind: 'denied',
      reason: 'LimitExceeded',
      message: expect.stringContaining('organization acme-org/acme') as string,
    });
  });

  it('each repository has a hundred of its own', () => {
    const org = () =>
      aWorld()
        .org()
        .secrets(100, 'A', { access: onlyFor('team-api', 'api') })
        .secret('B');
    expect(org().repo('web').supplier('B')).toBe('Organization');
    expect(org().repo('api').supplier('B')).toBe('denied');
  });

  it('an environment has the same hundred as its repository', () => {
    const world = aWorld().org().secrets(101).repo().env();
    expect(world.supplier('SECRET_100')).toBe('Organization');
    expect(world.supplier('SECRET_101')).toBe('denied');
  });
});

describe('THREATS 17: what is found never displaces what is written', () => {
  it('if somebody creates a hundred keys that sort first, the written entries stay', () => {
    const world = aWorld()
      .org()
      .secrets(100, 'Z')
      .discover('acme/', discovered(100, 'aaa'), everybody)
      .repo();
    expect(usable(world).every((name) => name.startsWith('Z'))).toBe(true);
    expect(world.names().excluded).toBe(100);
  });

  it('found ones fill the places that are left, in order', () => {
    const world = aWorld().org().secrets(99, 'Z').discover('acme/', discovered(2, 'aaa'), everybody).repo();
    expect(world.supplier('AAA_001')).toBe('Organization');
    expect(world.supplier('AAA_002')).toBe('denied');
  });
});

describe('who is asked for access', () => {
  it('G6: two repositories share one entry', () => {
    const org = () => aWorld().org().secret('SHARED');
    expect(org().repo('web').answer('SHARED')).toEqual(org().repo('api').answer('SHARED'));
  });

  it('the repository, also when its environment asks', () => {
    const org = () =>
      aWorld()
        .org()
        .secret('A', { access: onlyFor('team-web', 'web') });
    expect(org().repo('web').env().supplier('A')).toBe('Organization');
    expect(org().repo('api').env('prod', 'team-web').supplier('A')).toBe('absent');
  });

  it('API-REVIEW 4: a repository that the organization takes for Public gets no Private secret', () => {
    const open = { ...trusting(ACME), visibility: 'Public' as const };
    const world = aWorld().org().children(open).secret('A').secret('B', { access: everybody }).repo();
    expect(world.supplier('A')).toBe('absent');
    expect(world.supplier('B')).toBe('Organization');
  });

  it('of several policies for one found key all have to agree', () => {
    const world = aWorld()
      .org()
      .discover('acme/', ['acme/x/a'], everybody)
      .discover('acme/x/', ['acme/x/a'])
      .repo();
    expect(world.supplier('A')).toBe('absent');
  });

  it('API-REVIEW 3: an organization meets no repository: to its owner it shows all it has, cut by no limit', () => {
    const world = aWorld().org().secrets(101).secret('Z', { access: elsewhere });
    expect(world.names().excluded).toBe(0);
    expect(world.supplier('Z')).toBe('Organization');
  });
});
