import { describe, expect, it } from 'vitest';
import { aPlan, deliver, delivered, FakeProvider, wanted } from './delivery-fixture.ts';
import { FakeSecrets } from './secrets-fixture.ts';

const CLAIM = { kind: 'SecretClaim', namespace: 'team', name: 'web', uid: 'uid-web' } as const;
const once = { holder: CLAIM, once: true } as const;
const plan = aPlan([wanted('A')], { atomic: true });
const provider = () => new FakeProvider({ A: 'one' });

describe('a Secret that is written once', () => {
  it('is made immutable, with its claim as owner', async () => {
    const secrets = new FakeSecrets();
    await deliver(secrets, plan, provider(), once);
    expect(secrets.stored.get('team/app')).toMatchObject({
      immutable: true,
      metadata: { ownerReferences: [{ kind: 'SecretClaim', name: 'web', uid: 'uid-web' }] },
    });
  });

  it('is never made of one that may be changed: that one is replaced', async () => {
    const secrets = new FakeSecrets();
    await deliver(secrets, plan, provider(), { holder: CLAIM });
    const before = secrets.stored.get('team/app')?.metadata.uid;
    expect(await deliver(secrets, plan, provider(), once)).toMatchObject({
      kind: 'delivered',
      replaced: true,
    });
    const after = secrets.stored.get('team/app');
    expect(after?.immutable).toBe(true);
    expect(after?.metadata.uid).not.toBe(before);
  });

  it('replaces nothing that this operator did not provably make', async () => {
    const secrets = new FakeSecrets();
    secrets.put({
      data: { A: 'AAAA' },
      metadata: {
        labels: { 'secretscope.dev/managed': 'true' },
        annotations: { 'secretscope.dev/adopt': 'SecretClaim/team/web' },
      },
    });
    const outcome = await deliver(secrets, plan, provider(), once);
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'TargetConflict' });
    expect(secrets.done.filter((call) => /^(delete|patch|create)/.test(call))).toEqual([]);
  });

  it('a Live one goes on in the Secret that there is', async () => {
    const secrets = await delivered(plan, provider());
    const change = aPlan([wanted('A')], { labels: { a: 'b' } });
    expect(await deliver(secrets, change, provider())).toMatchObject({ kind: 'delivered', replaced: false });
  });
});
