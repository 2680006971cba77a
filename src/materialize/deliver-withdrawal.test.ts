import { describe, expect, it } from 'vitest';
import type { TargetPlan } from '../model/plan.ts';
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
import { ADOPT_ANNOTATION } from './delivery-record.ts';
import { FakeSecrets, kubeError } from './secrets-fixture.ts';

const aProvider = () => new FakeProvider({ A: 'one', B: 'two' });
const [A, B] = [wanted('A'), wanted('B')];
const never = { mayStay: () => false };
const hangs: Attempt = { read: () => new Promise(() => undefined) };

describe('THREATS 10: withdrawal never waits', () => {
  it.each<[string, TargetPlan, Attempt]>([
    [
      'reading never answers',
      aPlan([denied('A'), wanted('B', { lines: [aLine('B', { key: 'other' })] })]),
      hangs,
    ],
    [
      'the target contradicts itself',
      aPlan([denied('A'), B], { violation: { path: 'x', reason: 'KeyCollision', message: 'x' } }),
      {},
    ],
    ['the scope is suspended', aPlan([denied('A'), B]), { suspended: true }],
    [
      'the target is atomic and another key is broken',
      aPlan([denied('A'), broken('B')], { atomic: true }),
      {},
    ],
    [
      'the target has to be replaced and cannot',
      aPlan([denied('A'), broken('B')], { type: 'kubernetes.io/basic-auth' }),
      {},
    ],
    [
      'a replacement is planned and never arrives',
      aPlan([wanted('A', { lines: [aLine('A', { key: 'other' })] }), B]),
      { ...hangs, mayStay: ({ name }) => name !== 'A' },
    ],
  ])('if %s', async (_case, plan, attempt) => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    await Promise.race([
      deliver(secrets, plan, provider, attempt),
      new Promise((done) => setTimeout(done, 20)),
    ]);
    expect(secrets.data).toEqual({ B: 'two' });
    expect(secrets.done[0]).toBe('patch team/app');
    expect(provider.reads).toEqual([]);
  });

  it('tells what left also when the rest is stopped', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    const outcome = await deliver(
      secrets,
      aPlan([denied('A'), broken('B')], { atomic: true, type: 'kubernetes.io/basic-auth' }),
      provider,
    );
    expect(outcome).toMatchObject({
      kind: 'stopped',
      removed: ['A'],
      observed: { keys: new Map([['B', 'intact']]) },
    });
  });

  it('and what may be replaced is replaced in the same delivery', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    const outcome = await deliver(secrets, aPlan([A, B]), provider, { mayStay: ({ name }) => name !== 'A' });
    expect(outcome).toMatchObject({ kind: 'delivered', removed: ['A'], written: ['A'] });
    expect(secrets.done).toEqual(['patch team/app', 'patch team/app']);
  });

  it('a Secret that cannot be without what leaves is deleted, and made again from the rest', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A, B]), provider);
    secrets.edit(() => ({ immutable: true }));
    const outcome = await deliver(secrets, aPlan([denied('A'), B]), provider);
    expect(outcome).toMatchObject({ kind: 'delivered', removed: ['A'], written: ['B'], created: true });
    expect(secrets.done).toEqual(['delete team/app', 'create team/app']);
    expect(secrets.data).toEqual({ B: 'two' });
  });

  it('a withdrawal that is refused stops everything else, and says so', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A]), provider);
    secrets.errors.set('patch', kubeError('forbidden'));
    expect(await deliver(secrets, aPlan([A, B]), provider, never)).toMatchObject({
      kind: 'stopped',
      reason: 'WithdrawalPending',
    });
    expect(provider.reads).toEqual([]);
  });
});

describe('what stands in the way of a write leaves the Secret as it is', () => {
  it('more than 1 MiB', async () => {
    const provider = new FakeProvider({ A: 'x'.repeat(700_000), B: 'y'.repeat(400_000) });
    const secrets = await delivered(aPlan([A]), provider);
    expect(await deliver(secrets, aPlan([A, B]), provider)).toMatchObject({
      kind: 'stopped',
      reason: 'TargetTooLarge',
    });
    expect(secrets.done).toEqual([]);
    expect(await deliver(secrets, aPlan([B]), provider)).toMatchObject({
      kind: 'delivered',
      written: ['B'],
      removed: ['A'],
    });
  });

  it('a refusal of the API server', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([A]), provider);
    secrets.errors.set('patch', kubeError('invalid'));
    expect(await deliver(secrets, aPlan([A, B]), provider)).toMatchObject({
      kind: 'stopped',
      reason: 'TargetRefused',
    });
    expect(secrets.data).toEqual({ A: 'one' });
  });

  it('a key that its type needs and nobody asks for any more', async () => {
    const provider = new FakeProvider({ 'tls.crt': 'c', 'tls.key': 'k' });
    const type = 'kubernetes.io/tls';
    const secrets = await delivered(aPlan([wanted('tls.crt'), wanted('tls.key')], { type }), provider);
    expect(await deliver(secrets, aPlan([wanted('tls.crt')], { type }), provider)).toMatchObject({
      reason: 'TargetRefused',
    });
    expect(secrets.done).toEqual([]);
  });
});

describe('a Secret that has to be replaced', () => {
  const basic = { type: 'kubernetes.io/basic-auth' } as const;
  const login = [wanted('username', { lines: [aLine('A')], recipe: { kind: 'value', name: 'A' } })];

  it('is, when every value can be read', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan(login), provider);
    expect(await deliver(secrets, aPlan(login, basic), provider)).toMatchObject({
      replaced: true,
      written: ['username'],
    });
    expect(secrets.done).toEqual([
      'rehearse team/secretscope-rehearsal',
      'delete team/app',
      'create team/app',
    ]);
    expect(secrets.observed).toMatchObject({ type: 'kubernetes.io/basic-auth', proof: 'proven' });
  });

  it('waits while one cannot, and reads nothing meanwhile', async () => {
    const provider = aProvider();
    const secrets = await delivered(aPlan([...login, B]), provider);
    provider.fails('B');
    expect(await deliver(secrets, aPlan([...login, B], basic), provider)).toMatchObject({
      kind: 'stopped',
      reason: 'BackendUnavailable',
    });
    expect([secrets.done, provider.reads]).toEqual([[], []]);
  });

  it('is not, when it was handed over with another type: what its owner has in it would be lost', async () => {
    const secrets = new FakeSecrets();
    secrets.put({
      type: 'kubernetes.io/basic-auth',
      data: { username: 'AAAA' },
      metadata: { annotations: { [ADOPT_ANNOTATION]: 'team/web' } },
    });
    const outcome = await deliver(secrets, aPlan([A]), aProvider());
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'TargetConflict' });
    expect(secrets.done).toEqual(['look team/app', 'get team/app']);
  });
});

describe('a Secret that its owner hands over', () => {
  it('keeps what is in it, and gets what the target asks for', async () => {
    const secrets = new FakeSecrets();
    secrets.put({
      data: { theirs: 'AAAA' },
      metadata: { annotations: { [ADOPT_ANNOTATION]: 'team/web' }, labels: { a: 'b' } },
    });
    expect(await deliver(secrets, aPlan([A]), aProvider())).toMatchObject({
      kind: 'delivered',
      written: ['A'],
      foreign: ['theirs'],
    });
    expect(Object.keys(secrets.data)).toEqual(['theirs', 'A']);
    expect(secrets.observed).toMatchObject({
      managed: true,
      adopt: undefined,
      proof: 'proven',
      labels: { a: 'b' },
    });
  });
});

describe('FAULTS: a Secret that was written from a newer world than its plan', () => {
  it('is left as it is, and looked at again', async () => {
    const secrets = new FakeSecrets();
    await deliver(secrets, aPlan([A, B]), aProvider(), { seen: { 'uid-web': 2 } });
    secrets.calls.length = 0;
    const later = aPlan([denied('A'), B]);
    const behind = await deliver(secrets, later, aProvider(), { seen: { 'uid-web': 1 } });
    expect([behind.kind, secrets.calls]).toEqual(['stale', []]);
    const caughtUp = await deliver(secrets, later, aProvider(), { seen: { 'uid-web': 2 } });
    expect(caughtUp).toMatchObject({ kind: 'delivered', removed: ['A'] });
  });
});
