import { describe, expect, it } from 'vitest';
import type { TargetSpec } from '../model/kinds/target.ts';
import { aNamespace, aWorld, named, type World } from './a-world.fixture.ts';

const docker = (...servers: string[]): Partial<TargetSpec> => ({
  dockerConfig: { registries: servers.map((server) => ({ server, username: 'u', password: '${T}' })) },
});
const violation = (world: World, target: Partial<TargetSpec>) => world.plan(target).violation;
const keysOf = (world: World, target: Partial<TargetSpec>) =>
  Object.fromEntries(
    world
      .plan(target)
      .keys.map((key) => [key.dataKey, key.kind === 'deliver' ? key.lines.map((l) => l.name) : key.kind]),
  );

describe('G4: a target holds what it names', () => {
  const world = () => aWorld().org().secret('A').secret('B').repo().secret('C');

  it.each<[string, Partial<TargetSpec>, string[]]>([
    ['nothing', {}, []],
    ['one name', { include: ['B'] }, ['B: deliver']],
    ['names in any order', { include: ['C', 'A'] }, ['A: deliver', 'C: deliver']],
    ['a name twice', { include: ['A', 'A'] }, ['A: deliver']],
    ['a name that is not there', { include: ['A', 'X'] }, ['A: deliver', 'X: withdraw']],
    ['everything', { includeAll: true }, ['A: deliver', 'B: deliver', 'C: deliver']],
    [
      'everything and a name that is not there',
      { includeAll: true, include: ['X', 'A'] },
      ['A: deliver', 'B: deliver', 'C: deliver', 'X: withdraw'],
    ],
    ['other data keys', { include: ['A'], keys: { A: 'a.txt', B: 'b' } }, ['a.txt: deliver']],
    [
      'everything under other data keys',
      { includeAll: true, keys: { A: 'a' } },
      ['B: deliver', 'C: deliver', 'a: deliver'],
    ],
    ['a template', { template: { 'app.env': 'A=${A}' } }, ['app.env: deliver']],
  ])('if it names %s', (_case, target, expected) => {
    expect(world().keys(target)).toEqual(expected);
  });

  it('what is missing is reported once, in the order of names', () => {
    const { missing } = world().plan({ include: ['Z', 'X'], template: { t: '${X}${Y}' } });
    expect(missing.map(({ name }) => name)).toEqual(['X', 'Y', 'Z']);
  });

  it('THREATS 17: names that loaders obey come by include, never by includeAll', () => {
    const loaders = () => aWorld().org().secret('LD_PRELOAD').repo().secret('PATH').secret('OK');
    expect(loaders().keys({ includeAll: true })).toEqual(['OK: deliver']);
    expect(loaders().keys({ include: ['LD_PRELOAD'] })).toEqual(['LD_PRELOAD: deliver']);
    expect(loaders().keys({ template: { x: '${PATH}' } })).toEqual(['x: deliver']);
  });
});

describe('API-REVIEW 7: one key’s trouble is that key’s alone', () => {
  const world = () =>
    aWorld()
      .org()
      .secret('GONE', { access: { visibility: 'Selected' } })
      .repo()
      .secret('OK')
      .secret('BAD', { key: '%' });

  it('others go on', () => {
    expect(world().keys({ include: ['OK', 'GONE', 'BAD', 'NOBODYS'] })).toEqual([
      'BAD: keep',
      'GONE: withdraw',
      'NOBODYS: withdraw',
      'OK: deliver',
    ]);
  });

  it('with includeAll, what cannot be read is kept, and what is not granted is not even mentioned', () => {
    const plan = world().plan({ includeAll: true });
    expect(plan.keys.map(({ dataKey, kind }) => `${dataKey}: ${kind}`)).toEqual(['BAD: keep', 'OK: deliver']);
    expect(plan.missing).toEqual([]);
    expect(plan.offeredBy.has('GONE')).toBe(false);
  });

  it('THREATS 10: with includeAll, what is over the 100 is taken away by name', () => {
    const over = aWorld().org().secrets(101).repo();
    expect(over.keys({ includeAll: true })).toContain('SECRET_101: withdraw');
    expect(over.plan({ includeAll: true }).missing).toEqual([]);
  });
});

describe('two sources of one data key', () => {
  const world = () => aWorld().org().secret('A').secret('T').repo().secret('B');

  it.each<[string, Partial<TargetSpec>]>([
    ['two names', { include: ['A', 'B'], keys: { A: 'x', B: 'x' } }],
    ['a name under another one’s', { include: ['A', 'B'], keys: { A: 'B' } }],
    ['a name and a template', { include: ['A'], template: { A: '${B}' } }],
    ['two names of includeAll', { includeAll: true, keys: { A: 'x', B: 'x' } }],
    ['a docker config and a template', { ...docker('a'), template: { '.dockerconfigjson': '${A}' } }],
  ])('%s are a collision: nothing new is written', (_case, target) => {
    expect(violation(world(), target)).toMatchObject({
      reason: 'KeyCollision',
      message: expect.stringContaining('give one of them another key') as string,
    });
  });

  it.each<[string, Partial<TargetSpec>, string, unknown]>([
    ['a template', { includeAll: true, template: { A: 'x${B}' } }, 'A', ['B']],
    ['an include under another key', { includeAll: true, include: ['B'], keys: { B: 'A' } }, 'A', ['B']],
  ])(
    'what includeAll brings gives way to %s: no level above can block a target by adding a name',
    (_case, target, key, names) => {
      expect(violation(world(), target)).toBeUndefined();
      expect(keysOf(world(), target)[key]).toEqual(names);
    },
  );

  it('everything that is wrong is told at once', () => {
    const target = { include: ['A', 'B'], keys: { A: 'x', B: 'x' }, template: { y: '${a}', z: '${A|q}' } };
    const { reason, message } = violation(world(), target) ?? {};
    expect(reason).toBe('TemplateInvalid');
    expect(message?.split('; ')).toHaveLength(5);
    expect(message).toMatch(/data key y .*data key z .*data key x;/s);
  });
});

describe('what a target says of its Secret', () => {
  it('defaults', () => {
    expect(aWorld().repo().plan()).toMatchObject({
      secretName: 'app',
      namespace: 'team-web',
      type: 'Opaque',
      labels: {},
      annotations: {},
      atomic: false,
      deletionPolicy: 'Delete',
      violation: undefined,
      uncertain: undefined,
    });
  });

  it('what is written', () => {
    const target = {
      type: 'kubernetes.io/tls',
      labels: { a: 'b' },
      annotations: { c: 'd' },
      atomic: true,
      deletionPolicy: 'Retain',
    } as const;
    expect(aWorld().repo().plan(target)).toMatchObject(target);
  });

  it('a docker config has its own type and data key', () => {
    const plan = aWorld().repo().secret('T').plan(docker('ghcr.io'));
    expect(plan.type).toBe('kubernetes.io/dockerconfigjson');
    expect(plan.keys).toMatchObject([{ kind: 'deliver', dataKey: '.dockerconfigjson' }]);
  });

  it('a name that a docker config lacks is reported', () => {
    expect(aWorld().repo().plan(docker('ghcr.io')).missing).toMatchObject([{ name: 'T' }]);
  });

  it('the order of registries does not matter', () => {
    const plan = (...servers: string[]) =>
      aWorld()
        .repo()
        .secret('T')
        .plan(docker(...servers));
    expect(plan('b', 'a', 'c')).toEqual(plan('c', 'b', 'a'));
  });

  it('another namespace gets what reaches it, under its own name', () => {
    const ci = aNamespace('ci', {});
    const world = aWorld().org().secret('A').repo().secret('B').consumers(named('ci'));
    const plan = world.plan({ includeAll: true }, ci);
    expect(plan.namespace).toBe('ci');
    expect(plan.keys.map(({ dataKey }) => dataKey)).toEqual(['B']);
  });

  it('what is uncertain, and who may supply what, comes along', () => {
    const world = aWorld().org().unknown().repo().secret('A');
    const { uncertain, offeredBy } = world.names();
    expect(world.plan()).toMatchObject({ uncertain, offeredBy });
    expect(uncertain?.levelsMissing).toBe(true);
  });
});

describe('onMissing: Empty', () => {
  it('G51: fills in for what is named, and for nothing else', () => {
    const world = aWorld().org().secrets(101).repo();
    const plan = world.plan({ include: ['X'], includeAll: true, onMissing: 'Empty' });
    expect(plan.keys.find(({ dataKey }) => dataKey === 'X')).toMatchObject({ recipe: { kind: 'empty' } });
    expect(plan.keys.find(({ dataKey }) => dataKey === 'SECRET_101')).toMatchObject({ kind: 'withdraw' });
  });

  it('is not the default', () => {
    expect(
      aWorld()
        .repo()
        .plan({ include: ['X'], onMissing: 'Report' }).missing,
    ).toHaveLength(1);
    expect(
      aWorld()
        .repo()
        .plan({ include: ['X'] }).missing,
    ).toHaveLength(1);
  });
});
