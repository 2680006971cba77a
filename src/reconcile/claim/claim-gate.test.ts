/** Claims on a scope that reviewers guard: what is asked, what is released, and what ends it. */
import { describe, expect, it } from 'vitest';
import { CLAIMS, LEDGERS } from '../../watch/resources.ts';
import { entry, LEDGER, SCOPE } from '../approval/approval-fixture.ts';
import { CLAIM, ClaimOperator, PROTECTED } from './claim-fixture.ts';

const guarded = (change: Readonly<Record<string, unknown>> = {}) =>
  new ClaimOperator(PROTECTED).claim(change);

describe('a claim on a protected scope', () => {
  it('is asked for, released, and then rests', async () => {
    const op = await guarded().settle();
    expect(op.told()).toBe('AwaitingApproval AwaitingApproval');
    expect(op.claimStatus().request).toEqual({ namespace: 'prod', name: 'web-prod-job-1' });
    expect(op.plan.consumer).toEqual({
      kind: 'SecretClaim',
      namespace: 'ci',
      name: 'job',
      uid: op.stored()?.metadata.uid,
    });
    expect(op.held()).toBeUndefined();
    op.cast('Approve', 'ana');
    await op.settle();
    expect(op.told()).toBe('Delivered Materialized');
    expect(op.shown).toEqual(['web-prod-job-1 Released']);
    expect(await op.lookAt()).toEqual({ kind: 'done' });
  });

  it('is not approved by whoever made it', async () => {
    const op = guarded();
    op.edit({ protection: { ...PROTECTED.protection, preventSelfReview: true } });
    op.api.put(CLAIMS, { metadata: { name: 'job', namespace: 'ci' }, authors: ['ana'] });
    await op.settle();
    op.cast('Approve', 'ana');
    await op.settle();
    expect(op.held()).toBeUndefined();
    op.cast('Approve', 'ben');
    await op.settle();
    expect(op.told()).toBe('Delivered Materialized');
  });

  it('keeps what was released while a change of it waits', async () => {
    const op = await guarded().approved();
    await op.pass(60);
    await op.claim({ include: ['A', 'B'] }).settle();
    expect(op.held()).toEqual({ A: 'one' });
    expect(op.claimStatus().conditions?.find(({ type }) => type === 'ChangesPending')?.reason).toBe(
      'AwaitingApproval',
    );
    op.cast('Approve', 'ben');
    await op.settle();
    expect(op.held()).toEqual({ A: 'one', B: 'two' });
    expect(op.states).toEqual(['web-prod-job-1 Superseded', 'web-prod-job-2 Released']);
  });

  it('does not disturb what targets or other claims were released', async () => {
    const op = new ClaimOperator({ ...PROTECTED, targets: [{ secretName: 'app', include: ['A'] }] });
    await op.claim().claim({}, 'ci/second').settle();
    for (const request of op.requests) op.cast('Approve', 'ana', { request });
    await op.settle();
    expect(op.states).toHaveLength(3);
    expect(op.states.every((state) => state.endsWith('Released'))).toBe(true);
    expect(op.data).toEqual({ A: 'one' });
    await op.unclaim().settle();
    expect(op.states.filter((state) => state.endsWith('Released'))).toHaveLength(2);
    expect(op.held('ci/second')).toEqual({ A: 'one' });
  });

  it.each(['Revoke', 'Reject'] as const)('loses its Secret by %s', async (decision) => {
    const op = await guarded().approved();
    op.cast(decision, 'ben');
    await op.settle();
    expect(op.told()).toBe('Waiting Revoked');
    expect(op.held()).toBeUndefined();
  });

  it('that was rejected does not ask by itself, nor when it is made again', async () => {
    const op = await guarded().settle();
    op.cast('Reject', 'ben');
    await op.settle();
    expect(op.told()).toBe('Waiting Rejected');
    await op.unclaim().claim().settle();
    expect(op.told()).toBe('Waiting Rejected');
    expect(op.requests).toHaveLength(1);
  });

  it('that was revoked is asked for again by the annotation, once', async () => {
    const op = await guarded().approved();
    op.cast('Revoke', 'ben');
    await op.settle();
    await op.pass(60);
    await op.again('please').settle();
    expect(op.told()).toBe('AwaitingApproval AwaitingApproval');
    expect(op.states.at(-1)).toBe('web-prod-job-2 Waiting');
  });

  it('is delivered to nobody once the ledger is gone', async () => {
    const op = await guarded().approved();
    op.api.remove(LEDGERS, LEDGER);
    op.restart().small.source('a', 'new');
    await op.settle();
    expect(op.told()).toBe('AwaitingApproval AwaitingApproval');
    expect(op.held()).toEqual({ A: 'one' });
  });

  it('two at once ask one after the other, and neither loses the other’s entry', async () => {
    const op = new ClaimOperator(PROTECTED).claim().claim({}, 'ci/second');
    op.look();
    op.watching = false;
    await Promise.all([op.lookAt(), op.lookAt('ci/second'), op.reconcile(SCOPE)]);
    op.watching = true;
    await op.settle();
    expect(op.states.sort()).toEqual(['web-prod-job-1 Waiting', 'web-prod-second-1 Waiting']);
  });
});

describe('THREATS 18: of one namespace', () => {
  it('twenty claims wait, and the next asks when there is room', async () => {
    const op = new ClaimOperator(PROTECTED);
    const places = Array.from({ length: 21 }, (_, index) => `ci/job-${index}`);
    for (const place of places) op.claim({}, place);
    await op.settle(places);
    expect(op.states).toHaveLength(20);
    expect(op.told('ci/job-20')).toBe('Waiting LimitExceeded');
    await op.lookAt('ci/job-20');
    expect(op.result).toMatchObject({ kind: 'requeueAfter' });
    op.cast('Approve', 'ana', { request: op.requests[0] as never });
    await op.settle(places);
    expect(op.told('ci/job-20')).toBe('AwaitingApproval AwaitingApproval');
  });
});

describe('the ttl of a claim', () => {
  it('counts from its release, and is told', async () => {
    const op = await guarded({ ttl: '10m' }).settle();
    await op.pass(900);
    op.cast('Approve', 'ana');
    await op.settle();
    expect(op.told()).toBe('Delivered Materialized');
    expect(op.claimStatus().expires).toBe('2026-01-01T00:25:00Z');
    await op.pass(603);
    await op.settle();
    expect(op.told()).toBe('Expired Expired');
    expect(op.held()).toBeUndefined();
    expect(op.shown).toEqual(['web-prod-job-1 Expired']);
  });

  it('is over for good: it asks no reviewer again', async () => {
    const op = await guarded({ ttl: '10m' }).approved();
    await op.pass(603);
    await op.settle();
    await op.pass(86_400);
    op.restart();
    await op.settle();
    expect(op.requests).toHaveLength(1);
    expect(op.told()).toBe('Expired Expired');
  });

  it('is over although its status was lost', async () => {
    const op = await guarded({ ttl: '10m' }).approved();
    await op.pass(603);
    op.api.put(CLAIMS, { metadata: { name: 'job', namespace: 'ci' }, status: {} });
    await op.settle();
    expect(op.told()).toBe('Expired Expired');
  });

  it('without reviewers counts from when it was made', async () => {
    const op = await new ClaimOperator().claim({ ttl: '10m' }).settle();
    expect(op.claimStatus().expires).toBe('2026-01-01T00:10:00Z');
    await op.pass(601);
    await op.settle();
    expect(op.told()).toBe('Expired Expired');
    expect(op.held()).toBeUndefined();
  });
});

describe('a Snapshot', () => {
  const snapshot = () =>
    guarded({ mode: 'Snapshot', include: ['A', 'R'] }).editRepository({
      secrets: [entry('R', 'other')],
      consumers: [{ namespaces: {} }],
    });

  it('has levels above of when it was made, its environment of when it was released', async () => {
    const op = await snapshot().settle();
    op.small.source('a', 'later').source('other', 'later');
    op.cast('Approve', 'ana');
    await op.settle();
    expect(op.held()).toEqual({ A: 'later', R: 'three' });
    expect(op.told()).toBe('Delivered Materialized');
  });

  it('never changes', async () => {
    const op = await snapshot().approved();
    op.small.source('a', 'later').source('other', 'later');
    await op.settle();
    expect(op.held()).toEqual({ A: 'one', R: 'three' });
    expect(op.small.secrets.stored.get(CLAIM)?.immutable).toBe(true);
  });

  it('goes when access to any of it is taken away, and its request with it', async () => {
    const op = await snapshot().approved();
    await op.edit({ secrets: [entry('B')] }).settle();
    expect(op.told()).toBe('Ended SnapshotStale');
    expect(op.held()).toBeUndefined();
    expect(op.states).toEqual(['web-prod-job-1 Superseded']);
  });

  it('ends when what may be claimed changed while it waited', async () => {
    const op = await snapshot().settle();
    await op.edit({ secrets: [entry('A', 'b'), entry('B')] }).settle();
    expect(op.told()).toBe('Ended SnapshotStale');
    expect(op.states).toEqual(['web-prod-job-1 Superseded']);
  });

  it('ends when its Secret was deleted, and is asked for again by the annotation', async () => {
    const op = await snapshot().approved();
    op.small.secrets.stored.delete(CLAIM);
    await op.settle();
    expect(op.told()).toBe('Ended SnapshotStale');
    await op.pass(60);
    await op.again('please').approved();
    expect(op.told()).toBe('Delivered Materialized');
  });

  it('is not told to be delivered by what the watch does not show yet', async () => {
    const op = await snapshot().settle();
    op.cast('Approve', 'ana');
    op.look();
    op.watching = false;
    await op.lookAt();
    op.watching = true;
    await op.settle();
    expect(op.told()).toBe('Delivered Materialized');
    expect(op.requests).toHaveLength(1);
  });

  it('waits a day at most', async () => {
    const op = await snapshot().settle();
    await op.pass(86_403);
    await op.settle();
    expect(op.told()).toBe('Waiting RequestExpired');
  });
});
