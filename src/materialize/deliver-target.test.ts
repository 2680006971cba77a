import { describe, expect, it } from 'vitest';
import type { KeyPlan, TargetPlan } from '../model/plan.ts';
import {
  type Attempt,
  aLine,
  aPlan,
  broken,
  deliver,
  delivered,
  denied,
  FakeProvider,
  wanted,
} from './delivery-fixture.ts';
import { observeTarget } from './observed-target.ts';
import { FakeSecrets, kubeError, OTHER_KEYRING } from './secrets-fixture.ts';

const aProvider = () => new FakeProvider({ A: 'one', B: 'two' });
const [A, B] = [wanted('A'), wanted('B')];
const template = (dataKey: string, text: string, ...names: string[]): KeyPlan =>
  wanted(dataKey, { recipe: { kind: 'template', text }, lines: names.map((name) => aLine(name)) });

describe('a target that does not exist', () => {
  it('is made with one create, after a look, and every value is read once', async () => {
    const [secrets, provider] = [new FakeSecrets(), aProvider()];
    const outcome = await deliver(secrets, aPlan([A, B, template('URL', '${A}:${B}', 'A', 'B')]), provider);
    expect(outcome).toMatchObject({
      kind: 'delivered',
      created: true,
      written: ['A', 'B', 'URL'],
      removed: [],
      kept: [],
    });
    expect(secrets.data).toEqual({ A: 'one', B: 'two', URL: 'one:two' });
    expect(secrets.done).toEqual(['look team/app', 'create team/app']);
  });

  it('is made without the keys that cannot be had, and says which', async () => {
    const secrets = new FakeSecrets();
    const outcome = await deliver(secrets, aPlan([A, broken('B'), denied('C')]), aProvider());
    expect(outcome).toMatchObject({ kind: 'delivered', kept: [{ dataKey: 'B', reason: 'SecretMissing' }] });
    expect(secrets.data).toEqual({ A: 'one' });
  });

  it.each<[string, TargetPlan, Attempt, string]>([
    ['nothing of it can be had', aPlan([broken('A')]), {}, 'SecretMissing'],
    ['it is suspended', aPlan([A]), { suspended: true }, 'Suspended'],
    [
      'it contradicts itself',
      aPlan([A], { violation: { path: 'x', reason: 'KeyCollision', message: 'x' } }),
      {},
      'KeyCollision',
    ],
    ['its type lacks a key', aPlan([A], { type: 'kubernetes.io/tls' }), {}, 'TargetRefused'],
    ['it is atomic and a key is broken', aPlan([A, broken('B')], { atomic: true }), {}, 'SecretMissing'],
    [
      'it is atomic and a name is missing',
      aPlan([A], { atomic: true, missing: [{ name: 'X', reason: 'NotAvailable', message: 'x' }] }),
      {},
      'NotAvailable',
    ],
  ])('is not made while %s, and nothing is read for it', async (_case, plan, attempt, reason) => {
    const [secrets, provider] = [new FakeSecrets(), aProvider()];
    expect(await deliver(secrets, plan, provider, attempt)).toMatchObject({ kind: 'stopped', reason });
    expect(secrets.done).toEqual(['look team/app']);
    expect(provider.reads).toEqual([]);
  });

  it('is not made while nothing of it can be read', async () => {
    const secrets = new FakeSecrets();
    expect(await deliver(secrets, aPlan([A]), new FakeProvider({}))).toMatchObject({
      kind: 'stopped',
      reason: 'ValueNotJSON',
    });
    expect(secrets.stored.size).toBe(0);
  });

  it('that asks for nothing is made when there is something to put into it', async () => {
    const secrets = new FakeSecrets();
    const outcome = await deliver(secrets, aPlan([]), aProvider());
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'Resolved' });
    expect(secrets.stored.size).toBe(0);
  });

  it('and appears meanwhile is planned again', async () => {
    const secrets = new FakeSecrets();
    secrets.errors.set('create', kubeError('alreadyExists'));
    expect(await deliver(secrets, aPlan([A]), aProvider())).toMatchObject({ kind: 'stale' });
  });
});

describe('a target that is as it should be', () => {
  it('costs no read and no call', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    expect(await deliver(secrets, aPlan([A, B]), provider)).toMatchObject({
      kind: 'delivered',
      written: [],
      removed: [],
    });
    expect([secrets.calls, provider.reads]).toEqual([[], []]);
  });

  it('costs no write either while something cannot be read', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A]), provider);
    provider.versions.set('A', 'v2');
    provider.unreadable.add('A');
    const outcome = await deliver(secrets, aPlan([A]), provider);
    expect(outcome).toMatchObject({ kind: 'delivered', kept: [{ dataKey: 'A', reason: 'ValueNotJSON' }] });
    expect(secrets.done).toEqual([]);
  });
});

describe('a source of which an old version is known', () => {
  const plan = aPlan([A, B]);

  it('is read, and what is there already is not written again', async () => {
    const provider = aProvider();
    provider.versions.set('A', 'v2');
    const secrets = await delivered(plan, provider);
    const outdated = provider.versionsOf(plan);
    for (const line of outdated.keys())
      if (line.name === 'A') outdated.set(line, { kind: 'known', version: 'v1' });
    const outcome = await deliver(secrets, plan, provider, { versions: outdated });
    expect(outcome).toMatchObject({ kind: 'delivered', written: [], kept: [] });
    expect([provider.reads.splice(0), secrets.done.splice(0)]).toEqual([['A'], []]);
  });
});

describe('a change', () => {
  it('reads and writes only the keys it concerns', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    provider.versions.set('B', 'v2');
    provider.values['B'] = 'three';
    expect(await deliver(secrets, aPlan([A, B]), provider)).toMatchObject({
      written: ['B'],
      repaired: false,
      created: false,
    });
    expect(provider.reads).toEqual(['B']);
    expect(secrets.data).toEqual({ A: 'one', B: 'three' });
    expect(Object.keys(secrets.bodies.at(-1)?.['data'] ?? {})).toEqual(['B']);
  });

  it('by hand is undone, and told as such', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    secrets.edit(({ data }) => ({ data: { ...data, A: 'AAAA', mine: 'AAAA' } }));
    expect(await deliver(secrets, aPlan([A, B]), provider)).toMatchObject({
      written: ['A'],
      repaired: true,
      foreign: ['mine'],
    });
    expect(secrets.data).toMatchObject({ A: 'one', B: 'two', mine: expect.any(String) });
  });

  it('of the key of this installation writes everything anew, and is no repair', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A]), provider);
    const observed = observeTarget(secrets.stored.get('team/app') ?? expect.fail(), OTHER_KEYRING);
    expect(await deliver(secrets, aPlan([A]), provider, { observed })).toMatchObject({
      written: ['A'],
      repaired: false,
      replaced: false,
    });
  });

  it('that somebody else was faster with is planned again', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A]), provider);
    const { observed } = secrets;
    secrets.edit(() => ({}));
    expect(await deliver(secrets, aPlan([A, B]), provider, { observed })).toMatchObject({ kind: 'stale' });
  });

  it('the record holds the version that was really read', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A]), provider);
    const plan = aPlan([A, B]);
    const versions = provider.versionsOf(plan);
    provider.versions.set('B', 'v9');
    await deliver(secrets, plan, provider, { versions });
    expect(secrets.observed?.record?.keys['B']?.names).toEqual(['B@v9']);
  });
});

describe('FAULTS 40: every box is wiped', () => {
  const wiped = (provider: FakeProvider) =>
    provider.boxes.map((box) => {
      try {
        return box.reveal().toString();
      } catch {
        return 'wiped';
      }
    });

  it.each<[string, (secrets: FakeSecrets) => void]>([
    ['after the write', () => undefined],
    ['after a write that is refused', (secrets) => secrets.errors.set('create', kubeError('invalid'))],
    ['after a write that fails', (secrets) => secrets.errors.set('create', kubeError('timeout'))],
    [
      'when the Lease is lost',
      (secrets) => {
        secrets.leading = false;
      },
    ],
  ])('%s', async (_case, spoil) => {
    const [secrets, provider] = [new FakeSecrets(), aProvider()];
    spoil(secrets);
    await deliver(secrets, aPlan([A, B, template('URL', '${A}:${B}', 'A', 'B')]), provider).catch(
      () => undefined,
    );
    expect(provider.boxes.length).toBeGreaterThan(1);
    expect(new Set(wiped(provider))).toEqual(new Set(['wiped']));
  });

  it('when one of the values could not be read', async () => {
    const provider = new FakeProvider({ A: 'one' });
    await deliver(new FakeSecrets(), aPlan([template('URL', '${A}:${B}', 'A', 'B')]), provider);
    expect(wiped(provider)).toEqual(['wiped']);
  });
});
