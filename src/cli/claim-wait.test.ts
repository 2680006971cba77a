import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reason } from '../model/reasons.ts';
import { APPROVAL, CLAIMS_PATH, ClaimCluster, DELIVERED, REQUEST, SPEC, stands } from './claim-fixture.ts';

let cluster: ClaimCluster;
beforeEach(async () => {
  cluster = await ClaimCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const awaiting = stands('AwaitingApproval', 'AwaitingApproval', { request: REQUEST });

describe('waiting for a claim', () => {
  it('tells what it waits for whenever that changes, and only then', async () => {
    cluster.looks = [
      { observedGeneration: -1 },
      stands('Waiting', 'BackendUnavailable', { message: 'no answer' }),
      stands('Waiting', 'BackendUnavailable', { message: 'no answer' }),
      awaiting,
      awaiting,
      stands('AwaitingApproval', 'WaitTimerRunning', { request: REQUEST }),
      DELIVERED,
    ];
    const { text, notes, code } = await cluster.deploy('--ttl', '2h');
    expect(notes.split('\n')).toEqual([
      'claim team/deploy-42 is made',
      'claim team/deploy-42: waiting for the operator to look at it',
      'claim team/deploy-42: waiting: BackendUnavailable: no answer',
      `claim team/deploy-42: ${APPROVAL}`,
      `claim team/deploy-42: ${APPROVAL.replace('approval', 'the timer')}`,
    ]);
    expect([text, code]).toEqual(['deploy-42', 0]);
  });

  it('believes no status of an older generation', async () => {
    cluster.there(SPEC, { generation: 3 });
    cluster.looks = [
      stands('Delivered', 'Materialized', { observedGeneration: 2 }),
      stands('Ended', 'SnapshotStale', { observedGeneration: 3 }),
    ];
    expect((await cluster.deploy()).code).toBe(9);
  });

  it('believes no ending of before somebody asked again', async () => {
    const ended = {
      ...stands('Expired', 'Expired'),
      ended: { generation: 1, askedAgain: 'once', reason: 'Expired' },
    };
    cluster.there(SPEC, { annotations: { 'secretscope.dev/request': 'twice' } });
    cluster.looks = [ended, awaiting, DELIVERED];
    expect((await cluster.deploy()).code).toBe(0);
    cluster.there(SPEC, { annotations: { 'secretscope.dev/request': 'once' } });
    cluster.looks = [ended];
    expect((await cluster.deploy()).code).toBe(9);
  });

  it('goes on while the API server is away', async () => {
    cluster.looks = [503, 429, DELIVERED];
    const { text, code } = await cluster.deploy();
    expect([text, code]).toEqual(['deploy-42', 0]);
  });

  it('goes on while it cannot be delivered for a moment: what it needs may have come with it', async () => {
    cluster.looks = [stands('Waiting', 'NotAvailable', { stalled: true }), DELIVERED];
    const { notes, code } = await cluster.deploy();
    expect(notes).toContain('claim team/deploy-42: not delivered: NotAvailable: about NotAvailable');
    expect(code).toBe(0);
  });

  it('of a changed Live claim waits for the change, not for the Secret of before', async () => {
    const changed = (pending: Reason) => stands('Delivered', 'Materialized', { request: REQUEST, pending });
    cluster.looks = [changed('AwaitingApproval'), DELIVERED];
    const { notes, code } = await cluster.deploy('--live');
    expect([notes, code]).toEqual([expect.stringContaining(APPROVAL), 0]);
    cluster.looks = [changed('Rejected')];
    expect((await cluster.deploy('--live')).code).toBe(6);
  });

  it('calls no Secret delivered that lacks a name', async () => {
    cluster.looks = [stands('Delivered', 'NotAvailable', { ready: 'False', stalled: true })];
    const { text, code } = await cluster.deploy();
    expect([text, code]).toEqual(['', 8]);
  });

  it.each(['LimitExceeded', 'PolicyNotInForce'] as const)('goes on with %s, which passes', async (reason) => {
    const look = stands('Waiting', reason, { stalled: true });
    cluster.looks = [...Array.from({ length: 20 }, () => look), DELIVERED];
    expect((await cluster.deploy()).code).toBe(0);
  });

  it('THREATS 24: whatever a status says is harmless in a terminal and in a command', async () => {
    cluster.looks = [
      stands('AwaitingApproval', 'AwaitingApproval', {
        message: 'x\u001b[2J\u202e\ny',
        request: { namespace: 'a', name: 'b; rm -rf /' },
      }),
      { observedGeneration: 1, state: 7, conditions: 'none', request: 'none' },
      DELIVERED,
    ];
    const { notes, code } = await cluster.deploy();
    expect(notes).toContain('waiting: AwaitingApproval: x\\u{1b}[2J\\u{202e}\\u{a}y');
    expect(notes).toContain('waiting: the operator does not say why');
    expect(notes).not.toContain('rm -rf');
    expect(code).toBe(0);
  });
});

describe('the exit code says how it ended', () => {
  it.each([
    [6, 'Waiting', 'Rejected'],
    [6, 'Waiting', 'RejectionWithdrawn'],
    [6, 'Waiting', 'Revoked'],
    [7, 'Waiting', 'RequestExpired'],
    [9, 'Waiting', 'GrantExpired'],
    [9, 'Expired', 'Expired'],
    [9, 'Ended', 'SnapshotStale'],
    [9, 'Ended', 'VersionGone'],
    [8, 'Waiting', 'NotAvailable'],
    [8, 'Waiting', 'NamespaceNotEnrolled'],
    [8, 'Waiting', 'TargetConflict'],
  ] as const)('%d where it is %s with %s', async (ends, state, reason) => {
    cluster.looks = [stands(state, reason, { stalled: true })];
    const { text, notes, code } = await cluster.deploy();
    expect([text, code]).toEqual(['', ends]);
    expect(notes).toContain(`${reason}: about ${reason}`);
  });

  it('9 says how to get another one, since a step that is run again takes up this one', async () => {
    cluster.looks = [stands('Expired', 'Expired')];
    expect((await cluster.deploy()).notes).toMatch(
      /run this again: kubectl delete secretclaim deploy-42 -n team$/,
    );
  });

  it('7 where time is over, with what it still waits for', async () => {
    cluster.looks = [awaiting];
    const { text, notes, code } = await cluster.deploy('--timeout', '50ms');
    expect([text, code]).toEqual(['', 7]);
    expect(notes).toContain(`is not delivered in time, still ${APPROVAL}`);
    expect(notes).toContain('running this again goes on waiting');
  });

  it('8 at once where time is over before it is certain', async () => {
    cluster.looks = [stands('Waiting', 'NotAvailable', { stalled: true })];
    expect((await cluster.deploy('--timeout', '10ms')).code).toBe(8);
  });

  it('5 where the API server is away for all that time', async () => {
    cluster.looks = [awaiting, 503];
    const { notes, code } = await cluster.deploy('--timeout', '50ms');
    expect([notes, code]).toEqual([expect.stringContaining('could not be looked at'), 5]);
    expect(notes).toContain('cannot be looked at just now, trying again');
  });

  it('10 where no operator looks at it', async () => {
    cluster.looks = [{ observedGeneration: -1 }];
    const { notes, code } = await cluster.deploy();
    expect(notes).toContain('no operator seems to run');
    expect(code).toBe(10);
    cluster.looks = [{}];
    expect((await cluster.deploy()).code).toBe(10);
  });

  it('3 where what becomes of it may not be read, and 4 where it was deleted or made again', async () => {
    cluster.looks = [403];
    const denied = await cluster.deploy();
    expect([denied.notes, denied.code]).toEqual([expect.stringContaining('bind you the verb get'), 3]);
    cluster.looks = [awaiting, 404];
    const gone = await cluster.deploy('--name', 'gone');
    expect([gone.notes, gone.code]).toEqual([expect.stringContaining('was deleted meanwhile'), 4]);
    cluster.looks = [awaiting];
    const another = cluster.deploy('--name', 'again');
    await expect.poll(() => cluster.made.length).toBe(3);
    const path = `${CLAIMS_PATH}/again`;
    await expect.poll(() => cluster.few.objects.has(path)).toBe(true);
    cluster.few.objects.set(path, { metadata: { name: 'again', uid: 'other', resourceVersion: '9' } });
    expect((await another).code).toBe(4);
  });

  it('130 where somebody leaves, and the claim stays', async () => {
    cluster.looks = [awaiting];
    cluster.leavesAfter = 2;
    const { text, notes, code } = await cluster.deploy();
    expect([text, code]).toEqual(['', 130]);
    expect(notes).toContain('interrupted; claim team/deploy-42 stays');
    expect(notes).toContain('To delete it: kubectl delete secretclaim deploy-42 -n team');
    expect(cluster.few.writes.map(({ method }) => method)).toEqual(['POST']);
  });
});
