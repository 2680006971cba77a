import { describe, expect, it } from 'vitest';
import type { TargetSpec } from '../model/kinds/target.ts';
import { aNamespace, anOwnBackend, aWorld, type World } from './a-world.fixture.ts';
import { planSubject } from './subject.ts';

const target: Partial<TargetSpec> = {
  include: ['T', 'U'],
  template: { 't.env': 'T=${T}' },
  onMissing: 'Empty',
};
const base = () => aWorld().org().secret('U').repo().secret('T', { key: 'k' });
const subject = (world: World, change: Partial<TargetSpec> = {}) =>
  world.plan({ ...target, ...change }).subject;
const own = anOwnBackend('team-web');

describe('the subject of a plan', () => {
  it('names its algorithm, so that a later form leaves earlier approvals valid', () => {
    expect(subject(base())).toMatch(/^v1:sha256:[0-9a-f]{64}$/);
  });

  it('THREATS 19: stays what it was from release to release', () => {
    // an approval is given for this text: if this fails, add a form v2 and keep v1
    expect(subject(base())).toBe(
      'v1:sha256:4b7dfe32f830301b3889df74303f31bf544d84fb5855288082908da45f3dc69a',
    );
    const source = { key: 'k', property: 'p', version: '1', encoding: 'Base64', locked: true } as const;
    expect(
      aWorld()
        .repo()
        .secret('T', source)
        .plan({ include: ['T'] }).subject,
    ).toBe('v1:sha256:b61efafe41c47530ae1962e0f4de27bee2d667baa4cc21d10b5fe84557409a6e');
    expect(planSubject({ namespace: 'n', secretName: 's', type: 'Opaque' }, [])).toBe(
      'v1:sha256:61b37bc3961a01f26f2e28b7c920f1371ebbf27e92e061b74d72202ab09ea770',
    );
  });
});

describe('it changes when what is delivered changes', () => {
  it.each<[string, World]>([
    ['the key', aWorld().org().secret('U').repo().secret('T', { key: 'other' })],
    ['the property', aWorld().org().secret('U').repo().secret('T', { key: 'k', property: 'p' })],
    ['the version', aWorld().org().secret('U').repo().secret('T', { key: 'k', version: '1' })],
    ['the encoding', aWorld().org().secret('U').repo().secret('T', { key: 'k', encoding: 'Base64' })],
    ['the lock', aWorld().org().secret('U').repo().secret('T', { key: 'k', locked: true })],
    ['the level', aWorld().org().secret('U').secret('T', { key: 'k' }).repo()],
    ['the scope, recreated', base().uid('other')],
    [
      'the scope, of another name',
      aWorld().org().secret('U').repo('api', 'team-web').secret('T', { key: 'k' }),
    ],
    ['FAULTS 30: the identity that reads', base().backend({ ...own, identity: { account: 'other' } })],
    ['the backend, recreated', base().backend({ ...own, id: { ...own.id, uid: 'other' } })],
    ['the backend, of another name', base().backend({ ...own, id: { ...own.id, name: 'other' } })],
    ['the provider', base().backend({ ...own, provider: 'kubernetes' })],
    ['a name, gone', aWorld().org().repo().secret('T', { key: 'k' })],
    ['the namespace', aWorld().org().secret('U').repo('web', 'team-x').secret('T', { key: 'k' })],
  ])('%s', (_case, world) => {
    expect(subject(world)).not.toBe(subject(base()));
  });

  it.each<[string, Partial<TargetSpec>]>([
    ['the Secret’s name', { secretName: 'other' }],
    ['the Secret’s type', { type: 'kubernetes.io/tls' }],
    ['a data key', { keys: { T: 't' } }],
    ['a template', { template: { 't.env': 'T="${T}"' } }],
    ['a filter', { template: { 't.env': 'T=${T | trim}' } }],
    ['one name more', { include: ['T', 'U', 'V'] }],
    ['one name less', { include: ['T'] }],
    ['a docker config', { dockerConfig: { registries: [{ server: 's', username: 'u', password: '${T}' }] } }],
  ])('%s', (_case, change) => {
    expect(subject(base(), change)).not.toBe(subject(base()));
  });

  it.each(['server', 'username', 'password'] as const)('the %s of a registry', (field) => {
    const registry = { server: 's', username: 'u', password: 'p' };
    const withRegistry = (one: typeof registry) => subject(base(), { dockerConfig: { registries: [one] } });
    expect(withRegistry({ ...registry, [field]: 'other' })).not.toBe(withRegistry(registry));
  });

  it('a name that is empty is not the same as a name that is supplied, nor as another empty name', () => {
    const empty = (name: string) =>
      subject(aWorld().repo(), { include: [name], keys: { [name]: 'k' }, template: {} });
    expect(empty('A')).not.toBe(empty('B'));
    const supplied = subject(aWorld().repo().secret('A'), { include: ['A'], keys: { A: 'k' }, template: {} });
    expect(supplied).not.toBe(empty('A'));
  });
});

describe('it does not change', () => {
  it.each<[string, World, Partial<TargetSpec>]>([
    ['with the order of include', base(), { include: ['U', 'T'] }],
    ['with a data key that is spelled out', base(), { keys: { T: 'T' } }],
    [
      'with an encoding that is spelled out',
      aWorld().org().secret('U').repo().secret('T', { key: 'k', encoding: 'None' }),
      {},
    ],
    ['with a name that the target does not ask for', base().secret('OTHER'), {}],
    [
      'with an entry that it shadows',
      aWorld().org().secret('U').secret('T').repo().secret('T', { key: 'k' }),
      {},
    ],
    [
      'with who may use the entry besides',
      aWorld()
        .org()
        .secret('U', { access: { visibility: 'All' } })
        .repo()
        .secret('T', { key: 'k' }),
      {},
    ],
    ['with labels of the namespace', base().labels({ org: 'acme', other: 'x' }), {}],
    ['with labels and annotations of the Secret', base(), { labels: { a: 'b' }, annotations: { a: 'b' } }],
    ['with what happens when the target goes', base(), { deletionPolicy: 'Retain', atomic: true }],
  ])('%s', (_case, world, change) => {
    expect(subject(world, change)).toBe(subject(base()));
  });

  it('with a discovered entry that is written down', () => {
    const found = aWorld()
      .repo()
      .discover('a/', ['a/t'])
      .plan({ include: ['T'] });
    const written = aWorld()
      .repo()
      .secret('T', { key: 'a/t' })
      .plan({ include: ['T'] });
    expect(found.subject).toBe(written.subject);
  });

  it('with a key that is only withdrawn or kept', () => {
    const { keys } = base().plan({ include: ['T'] });
    const other = [
      ...keys,
      ...aWorld()
        .repo()
        .secret('BAD', { key: '%' })
        .plan({ include: ['BAD', 'X'] }).keys,
    ];
    const destination = { namespace: 'n', secretName: 's', type: 'Opaque' };
    expect(other).toHaveLength(3);
    expect(planSubject(destination, other)).toBe(planSubject(destination, keys));
  });
});

describe('one subject for each namespace', () => {
  it('FAULTS 27: what is approved for one is not for another', () => {
    const world = base().consumers({});
    const plan = (namespace: string) => world.plan({ include: ['T'] }, aNamespace(namespace)).subject;
    expect(plan('a')).not.toBe(plan('b'));
  });
});
