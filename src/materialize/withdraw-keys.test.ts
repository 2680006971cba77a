import { describe, expect, it } from 'vitest';
import type { TargetType } from '../model/kinds/target.ts';
import { aPlan, delivered, FakeProvider, wanted } from './delivery-fixture.ts';
import { observeTarget } from './observed-target.ts';
import { FakeSecrets, KEYRING, kubeError, OTHER_KEYRING } from './secrets-fixture.ts';
import { withdrawKeys } from './withdraw-keys.ts';

const withdraw = (secrets: FakeSecrets, keys: string[], observed = secrets.observed) =>
  withdrawKeys(
    { observed: observed ?? expect.fail(), keys, seen: { 'uid-web': 2 } },
    { writer: secrets.writer, keyring: KEYRING, signal: new AbortController().signal },
  );

const both = (type: TargetType = 'Opaque', names: [string, string] = ['A', 'B']) =>
  delivered(
    aPlan(
      names.map((name) => wanted(name)),
      { type, labels: { team: 'web' } },
    ),
    new FakeProvider({ [names[0]]: 'one', [names[1]]: 'two' }),
  );

describe('keys that authority took away', () => {
  it('leave with one patch, and nothing else changes', async () => {
    const secrets = await both();
    const { labels } = secrets.stored.get('team/app')?.metadata ?? {};
    const outcome = await withdraw(secrets, ['A']);
    expect(outcome).toMatchObject({
      kind: 'written',
      observed: { proof: 'proven', keys: new Map([['B', 'intact']]) },
    });
    expect(secrets.data).toEqual({ B: 'two' });
    expect(secrets.stored.get('team/app')?.metadata.labels).toEqual(labels);
    expect(secrets.done).toEqual(['patch team/app']);
  });

  it('leave also when they are all there is: the Secret stays, empty', async () => {
    const secrets = await both();
    await withdraw(secrets, ['A', 'B']);
    expect(secrets.data).toEqual({});
  });

  it('leave a Secret whose key was lost', async () => {
    const secrets = await both();
    const secret = secrets.stored.get('team/app') ?? expect.fail();
    expect((await withdraw(secrets, ['A'], observeTarget(secret, OTHER_KEYRING))).kind).toBe('written');
    expect(secrets.data).toEqual({ B: 'two' });
  });

  it.each<[string, TargetType, [string, string], boolean]>([
    ['of a type that cannot be without it', 'kubernetes.io/tls', ['tls.crt', 'tls.key'], false],
    ['that cannot be edited', 'Opaque', ['A', 'B'], true],
  ])('take a Secret with them %s', async (_case, type, names, immutable) => {
    const secrets = await both(type, names);
    if (immutable) secrets.edit(() => ({ immutable: true }));
    expect(await withdraw(secrets, [names[0]])).toEqual({ kind: 'written', observed: undefined });
    expect(secrets.stored.size).toBe(0);
  });

  it('leave one of two that are enough', async () => {
    const secrets = await both('kubernetes.io/basic-auth', ['username', 'password']);
    expect((await withdraw(secrets, ['username'])).kind).toBe('written');
    expect(secrets.data).toEqual({ password: 'two' });
  });
});

describe('a withdrawal that does not succeed', () => {
  it('is planned again when the Secret changed meanwhile, in both ways', async () => {
    const secrets = await both();
    const { observed } = secrets;
    secrets.edit(() => ({}));
    expect(await withdraw(secrets, ['A'], observed)).toEqual({ kind: 'stale' });
    expect(secrets.data).toEqual({ A: 'one', B: 'two' });
    expect(await withdraw(secrets, ['A'], { ...(observed ?? expect.fail()), immutable: true })).toEqual({
      kind: 'stale',
    });
  });

  it('is planned again when there is no record of what is ours', async () => {
    const secrets = new FakeSecrets();
    secrets.put({ data: { A: 'AAAA' } });
    expect(await withdraw(secrets, ['A'])).toEqual({ kind: 'stale' });
    expect(secrets.calls).toEqual([]);
  });

  it.each(['forbidden', 'invalid', 'tooLarge'] as const)(
    'is told gravely when it is %s: the value is still there',
    async (kind) => {
      const secrets = await both();
      secrets.errors.set('patch', kubeError(kind));
      expect(await withdraw(secrets, ['A'])).toMatchObject({ kind: 'refused', reason: 'WithdrawalPending' });
    },
  );

  it('says what to do when the Secret may not be deleted', async () => {
    const secrets = await both();
    secrets.edit(() => ({ immutable: true }));
    secrets.errors.set('delete', kubeError('forbidden'));
    const outcome = await withdraw(secrets, ['A']);
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'WithdrawalPending' });
    expect(JSON.stringify(outcome)).toContain('kubectl delete secret app -n team');
  });

  it('never deletes what cannot be proven to be ours', async () => {
    const secrets = await both();
    secrets.edit(() => ({ immutable: true }));
    const observed = observeTarget(secrets.stored.get('team/app') ?? expect.fail(), OTHER_KEYRING);
    expect(await withdraw(secrets, ['A'], observed)).toMatchObject({ reason: 'WithdrawalPending' });
    expect(secrets.done).toEqual([]);
  });

  it('needs no more when the namespace goes', async () => {
    const secrets = await both();
    secrets.errors.set('patch', kubeError('forbidden', ['NamespaceTerminating']));
    expect(await withdraw(secrets, ['A'])).toMatchObject({ reason: 'NamespaceTerminating' });
  });
});
