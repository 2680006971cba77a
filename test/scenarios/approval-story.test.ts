import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretThing } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
} from '../scenarios-support/protected-world.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-story');
}, 90_000);

afterAll(() => world?.stop());

describe('a protected environment', () => {
  it('delivers nothing, and reads nothing, before a listed reviewer approves', async () => {
    const { name, source, target } = await world.environment('first', reviewedBy('ana'));
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([
      { name: 'PASSWORD', level: 'Environment', key: source, change: 'Added', version: expect.any(String) },
    ]);
    expect(request.status).toMatchObject({ approvals: '0/1', authors: 'platform' });
    expect(await world.cluster.untilReady(PROD, name, 'False', 'AwaitingApproval')).toMatchObject({
      message: expect.stringContaining(`SecretRequest ${request.metadata.name} waits for approval`),
    });
    expect(await world.cluster.secret(PROD, target)).toBeUndefined();
    expect(await world.readsOf(source)).toEqual([]);
    await world.cast('ana', 'Approve', request);
    await world.untilSecret(target, 'value of first');
    const [read] = await world.readsOf(source);
    expect(read).toBeDefined();
    const released = await world.untilRequest(name, 'Released');
    expect(released.status).toMatchObject({
      approvals: '1/1',
      release: { votes: [{ username: 'ana', decision: 'Approve' }] },
    });
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
    // THREATS 5: its backend lies in the namespace that is protected
    expect(await world.cluster.condition(PROD, name, 'GateBypassable')).toMatchObject({ status: 'True' });
    await world.untilVotes(request, 'ana Approve True VoteCounted');
  });

  it('follows its source afterwards, and asks nobody', async () => {
    await world.cluster.have(secretThing(PROD, 'first-source', { PASSWORD: 'rotated' }));
    await world.untilSecret('first-target', 'rotated');
    expect(await world.requests('first')).toHaveLength(1);
  });

  it('a reviewer who revokes takes the Secret away', async () => {
    const request = await world.untilRequest('first', 'Released');
    await world.cast('ana', 'Revoke', request);
    await world.untilGone('first-target');
    await world.untilRequest('first', 'Revoked');
    await world.cluster.untilReady(PROD, 'first', 'False', 'Revoked');
  });

  it('a rejection delivers nothing, and wins', async () => {
    const { name, target } = await world.environment('rejected', reviewedBy('ana', 'bob'));
    const request = await world.untilRequest(name);
    await world.cast('bob', 'Reject', request);
    await world.untilRequest(name, 'Rejected');
    await world.cast('ana', 'Approve', request);
    await world.cluster.untilReady(PROD, name, 'False', 'Rejected');
    expect(await world.cluster.secret(PROD, target)).toBeUndefined();
  });
});
