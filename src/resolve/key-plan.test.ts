import { describe, expect, it } from 'vitest';
import type { KeyPlan, Recipe } from '../model/plan.ts';
import { aSharedBackend, aWorld, named, trusting, type World } from './a-world.fixture.ts';
import { planKey } from './key-plan.ts';

const denied = { visibility: 'Selected' } as const;
const unlisted = { kind: 'unknown' } as const;
const value: Recipe = { kind: 'value', name: 'T' };
const template = (text: string): Recipe => ({ kind: 'template', text });
const docker = (...registries: [username: string, password: string][]): Recipe => ({
  kind: 'dockerConfig',
  registries: registries.map(([username, password], i) => ({ server: `r${i}`, username, password })),
});

const plan = (world: World, recipe: Recipe, { byName = true, empty = false } = {}) =>
  planKey(world.names(), { dataKey: 'K', recipe, byName }, empty);
/** What happens to the key, in two words: `withdraw NotAvailable`. */
const fate = (key: KeyPlan | undefined) =>
  key &&
  (key.kind === 'deliver'
    ? `deliver ${key.lines.map(({ name }) => name).join('+')}`
    : `${key.kind} ${key.reason}`);

describe('API-REVIEW 7: what happens to one key', () => {
  it.each<[string, World, string]>([
    ['all is well', aWorld().org().secret('T').repo(), 'deliver T'],
    ['the entry is not there', aWorld().org().repo(), 'withdraw NotAvailable'],
    ['access was withdrawn', aWorld().org().secret('T', { access: denied }).repo(), 'withdraw NotAvailable'],
    [
      'the grant was withdrawn',
      aWorld().repo().secret('T').backend(aSharedBackend([])),
      'withdraw KeyNotGranted',
    ],
    [
      'the child is not admitted',
      aWorld()
        .org()
        .secret('T')
        .children(trusting(named('x')))
        .repo(),
      'withdraw NotAvailable',
    ],
    [
      'the child is not trusted',
      aWorld().org().secret('T').children({ namespaces: {} }).repo(),
      'withdraw NotAvailable',
    ],
    ['it is over the 100', aWorld().org().secrets(100, 'A').secret('T').repo(), 'withdraw LimitExceeded'],
    [
      'it is locked above and over the 100',
      aWorld().org().secrets(100, 'A').secret('T', { locked: true }).repo().secret('T'),
      'withdraw LimitExceeded',
    ],
    ['its key cannot be read', aWorld().repo().secret('T', { key: '%' }), 'keep KeyInvalid'],
    ['the backend is gone', aWorld().repo().secret('T').backend({ kind: 'none' }), 'keep BackendMissing'],
    ['the parent is not there', aWorld().org().unknown().repo(), 'keep NotAvailable'],
    ['the parent is not synced', aWorld().org().unknown('NotSynced').repo(), 'keep ParentUnknown'],
    ['a prefix is not listed', aWorld().repo().discover('a/', unlisted), 'keep DiscoveryPending'],
  ])('if %s: %s', (_case, world, expected) => {
    expect(fate(plan(world, value).key)).toBe(expected);
  });

  it('only what is kept for want of knowledge is marked uncertain', () => {
    expect(plan(aWorld().org().unknown().repo(), value).key).toMatchObject({ uncertain: true });
    expect(plan(aWorld().repo().secret('T', { key: '%' }), value).key).toMatchObject({ uncertain: false });
  });
});

describe('a template', () => {
  const world = () =>
    aWorld()
      .org()
      .secret('A')
      .secret('GONE', { access: denied })
      .repo()
      .secret('B')
      .secret('BAD', { key: '%' });

  it.each([
    ['has every name', '${A}:${B | json}', 'deliver A+B'],
    ['names one twice', '${A}${A}', 'deliver A'],
    ['has no name at all', 'plain', 'deliver '],
    ['lost one of its names', '${A}:${GONE}', 'withdraw NotAvailable'],
    ['has one that cannot be read', '${A}:${BAD}', 'keep KeyInvalid'],
    ['has one broken and lost another', '${BAD}:${GONE}', 'withdraw NotAvailable'],
    ['lost one and has another broken', '${GONE}:${BAD}', 'withdraw NotAvailable'],
  ])('that %s: %j, %s', (_case, text, expected) => {
    expect(fate(plan(world(), template(text)).key)).toBe(expected);
  });

  it('that has one broken and one unknown is uncertain', () => {
    const { key } = plan(aWorld().org().unknown().repo().secret('BAD', { key: '%' }), template('${BAD}${U}'));
    expect(key).toMatchObject({ kind: 'keep', reason: 'KeyInvalid', uncertain: true });
  });

  it('that is wrong makes no key and says what is wrong', () => {
    expect(plan(world(), template('${A | exec}'))).toEqual({
      key: undefined,
      missing: [],
      violation: {
        path: 'spec.targets[].template[K]',
        reason: 'TemplateInvalid',
        message:
          'the template of data key K has an unknown filter after A; filters are base64, json, url, trim',
      },
    });
  });
});

describe('a docker config', () => {
  it('needs every name of every registry', () => {
    const world = () => aWorld().repo().secret('A').secret('B').secret('C');
    expect(fate(plan(world(), docker(['${A}', '${B}'], ['x', '${C}'])).key)).toBe('deliver A+B+C');
    expect(fate(plan(world(), docker(['${A}', '${B}'], ['x', '${D}'])).key)).toBe('withdraw NotAvailable');
  });

  it('with a wrong text says so', () => {
    const { violation } = plan(aWorld().repo(), docker(['ok', '${a}']));
    expect(violation).toMatchObject({ path: 'spec.targets[].dockerConfig', reason: 'TemplateInvalid' });
  });
});

describe('what is missing', () => {
  it('is reported by name, with the cause', () => {
    const { missing } = plan(aWorld().repo().secret('A'), template('${A}${B}${C}'));
    expect(missing.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'B NotAvailable',
      'C NotAvailable',
    ]);
  });

  it('is not reported of names that nobody asked for', () => {
    expect(plan(aWorld().repo(), value, { byName: false }).missing).toEqual([]);
  });

  it.each(['keep', 'withdraw'])('is reported whether the key is to %s or not', (kind) => {
    const world = kind === 'keep' ? aWorld().repo().secret('T', { key: '%' }) : aWorld().repo();
    expect(plan(world, value)).toMatchObject({ key: { kind }, missing: [{ name: 'T' }] });
  });
});

describe('G51: onMissing: Empty', () => {
  const empty = { empty: true };

  it.each<[string, World]>([
    ['nobody supplies', aWorld().org().repo()],
    ['is not granted', aWorld().org().secret('T', { access: denied }).repo()],
    ['is over the 100', aWorld().org().secrets(100, 'A').secret('T').repo()],
  ])('a name that %s is the empty string, and not reported', (_case, world) => {
    expect(plan(world, value, empty)).toEqual({
      key: { kind: 'deliver', dataKey: 'K', recipe: { kind: 'empty' }, lines: [], emptyNames: ['T'] },
      missing: [],
      violation: undefined,
    });
  });

  it.each<[string, World, string]>([
    ['cannot be read', aWorld().repo().secret('T', { key: '%' }), 'keep KeyInvalid'],
    ['is not known', aWorld().org().unknown().repo(), 'keep NotAvailable'],
    [
      'its own backend does not grant',
      aWorld().repo().secret('T').backend(aSharedBackend([])),
      'withdraw KeyNotGranted',
    ],
    [
      'its own backend reserves for another scope',
      aWorld()
        .repo()
        .secret('T', { key: 'a/t' })
        .backend(
          aSharedBackend([
            { namespaces: {}, keys: [{ prefix: 'a/' }], protectedBy: { namespace: 'x', name: 'y' } },
          ]),
        ),
      'withdraw KeyProtected',
    ],
  ])('a name that %s is never blanked', (_case, world, expected) => {
    expect(fate(plan(world, value, empty).key)).toBe(expected);
  });

  it('a template keeps its text and fills in nothing for the name', () => {
    const { key } = plan(aWorld().repo().secret('A'), template('${A}-${B}'), empty);
    expect(key).toMatchObject({ recipe: template('${A}-${B}'), lines: [{ name: 'A' }], emptyNames: ['B'] });
  });

  it('a template of which every name is missing is still the template', () => {
    expect(plan(aWorld().repo(), template('x${B}'), empty).key).toMatchObject({
      recipe: template('x${B}'),
      emptyNames: ['B'],
    });
  });

  it('a name that only includeAll would bring is not delivered empty', () => {
    const world = aWorld().org().secrets(100, 'A').secret('T').repo();
    expect(fate(plan(world, value, { byName: false, empty: true }).key)).toBe('withdraw LimitExceeded');
  });

  it('THREATS 25: a parent that refuses makes nothing empty that one that is not there would not', () => {
    const refusing = plan(
      aWorld()
        .org()
        .children(trusting(named('x')))
        .repo(),
      value,
      empty,
    );
    const missing = plan(aWorld().org().unknown().repo(), value, empty);
    expect(refusing.missing).toEqual(missing.missing);
    expect([refusing.key?.kind, missing.key?.kind]).toEqual(['withdraw', 'keep']);
  });
});
