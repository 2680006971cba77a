/** DESIGN 3: claims of another namespace, from being made to being gone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CI, type ClaimWorld, claimWorld } from '../scenarios-support/claim-world.ts';
import { secretThing } from '../scenarios-support/operated-cluster.ts';
import { PROD, reviewedBy } from '../scenarios-support/protected-world.ts';

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-story');
}, 120_000);

afterAll(() => claims?.stop());

describe('a claim on an environment that nobody guards', () => {
  it('is delivered at once, and Live follows its source', async () => {
    await claims.claimable('open');
    await claims.claim('live', 'open');
    await claims.untilHas('live', { PASSWORD: 'value of open' });
    await claims.untilState('live', 'Delivered Materialized');
    await claims.world.cluster.have(secretThing(PROD, 'open-source', { PASSWORD: 'rotated' }));
    await claims.untilHas('live', { PASSWORD: 'rotated' });
    expect((await claims.secret('live'))?.metadata.ownerReferences).toBeUndefined();
  });

  it('its Secret goes with it', async () => {
    await claims.remove('live');
    await claims.untilGone('live');
  });
});

describe('a claim on an environment that reviewers guard', () => {
  it('waits for a request of its own, and is delivered when it is approved', async () => {
    await claims.claimable('guarded', reviewedBy('ana'));
    await claims.claim('job', 'guarded', { mode: 'Snapshot', ttl: '1m' });
    const request = await claims.untilRequest('guarded', 'job');
    await claims.untilState('job', 'AwaitingApproval AwaitingApproval');
    expect(request.spec).toMatchObject({ consumer: { kind: 'SecretClaim', namespace: CI, name: 'job' } });
    expect(await claims.secret('job')).toBeUndefined();
    await claims.world.cast('ana', 'Approve', request);
    await claims.untilHas('job', { PASSWORD: 'value of guarded' });
    await claims.untilState('job', 'Delivered Materialized');
  });

  it('of a Snapshot the Secret goes when its ttl is over, and the claim stays as Expired', async () => {
    await claims.untilGone('job', 90_000);
    await claims.untilState('job', 'Expired Expired');
  }, 120_000);
});
