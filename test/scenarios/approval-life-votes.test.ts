/** How many have to approve, what is refused before it is stored, and votes that land elsewhere. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import {
  environmentSpec,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-votes');
}, 120_000);

afterAll(() => world?.stop());

const BY_ANA = reviewedBy('ana');
const IDLE_MS = 2_000;
const secretOf = (name: string) => world.cluster.secret(PROD, `${name}-target`);

describe('GX1: how many have to approve', () => {
  it('one of the listed is enough', async () => {
    const { name, target } = await world.environment('one', reviewedBy('ana', 'bob'));
    await world.cast('bob', 'Approve', await world.untilRequest(name));
    await world.untilSecret(target, 'value of one');
  });

  it('minApprovals 2: two people; one who votes twice is one', async () => {
    const { name, target } = await world.environment('two', { ...reviewedBy('ana', 'bob'), minApprovals: 2 });
    const request = await world.untilRequest(name);
    expect(request.status?.approvals).toBe('0/2');
    await world.cast('ana', 'Approve', request);
    await world.cast('ana', 'Approve', request);
    await until(async () => expect((await world.untilRequest(name)).status?.approvals).toBe('1/2'));
    await pause(IDLE_MS);
    expect(await secretOf(name)).toBeUndefined();
    expect(await world.readsOf('two-source')).toEqual([]);
    await world.cast('bob', 'Approve', request);
    await world.untilSecret(target, 'value of two');
    expect((await world.untilRequest(name, 'Released')).status?.approvals).toBe('2/2');
  });

  it('minApprovals above what the listed can give is said at once, and nobody is asked', async () => {
    const { name } = await world.environment('hopeless', { ...BY_ANA, minApprovals: 2 });
    expect(await world.cluster.untilReady(PROD, name, 'False', 'ReviewersInsufficient')).toMatchObject({
      message: expect.stringContaining('1 can approve and 2 have to'),
    });
    expect(await world.requests(name)).toEqual([]);
    await world.change(name, { ...reviewedBy('ana', 'bob'), minApprovals: 2 });
    await world.untilRequest(name);
  });

  it('minApprovals without a list: nobody can, and it is said at once', async () => {
    const { name } = await world.environment('nobody', { minApprovals: 1 });
    await world.cluster.untilReady(PROD, name, 'False', 'ReviewersInsufficient');
    expect(await secretOf(name)).toBeUndefined();
  });

  it('minApprovals raised while one approval is there: another one is needed', async () => {
    const reviewers = reviewedBy('ana', 'bob');
    const { name, target } = await world.environment('raised', { ...reviewers, minApprovals: 2 });
    const request = await world.untilRequest(name);
    await world.cast('ana', 'Approve', request);
    await until(async () => expect((await world.untilRequest(name)).status?.approvals).toBe('1/2'));
    await world.change(name, { ...reviewers, minApprovals: 1 });
    await world.untilSecret(target, 'value of raised');
    expect(await world.requests(name)).toHaveLength(1);
    await world.change(name, { ...reviewers, minApprovals: 2 });
    await world.untilLookedAt(name);
    await pause(IDLE_MS);
    // once released, a plan stays released
    expect(await world.states(name)).toEqual(['Released']);
    await world.untilSecret(target, 'value of raised');
  });
});

describe('GX1, GX5: what admission refuses, with words that help', () => {
  const tried = async (protection: object) => {
    const thing = scopeThing('refused', PROD, environmentSpec('refused', protection));
    const { status, message } = await world.cluster.platform.apply(thing, { dryRun: true });
    return { status, message };
  };
  const people = (count: number) => reviewedBy(...Array.from({ length: count }, (_, index) => `p-${index}`));

  it.each([
    ['seven reviewers', people(7), /requiredReviewers: Too many: 7: must have at most 6/],
    [
      'a timer over 30 days',
      { ...BY_ANA, waitTimerMinutes: 43_201 },
      /waitTimerMinutes.*less than or equal to 43200/,
    ],
    ['a negative timer', { ...BY_ANA, waitTimerMinutes: -1 }, /waitTimerMinutes.*greater than or equal to 0/],
    [
      'an unknown kind',
      { requiredReviewers: [{ kind: 'Team', name: 'web' }] },
      /kind.*supported values: "User", "Group", "ServiceAccount"/,
    ],
    [
      'a group of the system',
      { requiredReviewers: [{ kind: 'Group', name: 'system:masters' }] },
      /may not begin with system:/,
    ],
    [
      'an account without its namespace',
      { requiredReviewers: [{ kind: 'ServiceAccount', name: 'ci' }] },
      /a service account needs its namespace/,
    ],
    ['no approval at all', { ...BY_ANA, minApprovals: 0 }, /minApprovals.*greater than or equal to 1/],
    ['a wait in days', { ...BY_ANA, pendingTTL: '30d' }, /pendingTTL/],
    ['an unknown field', { ...BY_ANA, approvers: [] }, /approvers|unknown field|field not declared/],
  ])('%s', async (_, protection, message) => {
    const answer = await tried(protection);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.message).toMatch(message);
  });

  it.each([
    ['six reviewers', people(6)],
    ['a timer of 30 days', { waitTimerMinutes: 43_200 }],
    ['a timer of none', { ...BY_ANA, waitTimerMinutes: 0 }],
  ])('but not %s', async (_, protection) => {
    expect(await tried(protection)).toMatchObject({ status: 201 });
  });
});

describe('GX16: a vote on what is not there to be decided is stored, counts for nothing, and says why', () => {
  const told = (request: SeenRequest, ...votes: string[]) =>
    until(async () => expect(await world.votes(request)).toEqual(votes), 10_000);

  it('on a request that was released: too late', async () => {
    const { name } = await world.released('done', reviewedBy('ana', 'bob'));
    const request = await world.untilRequest(name, 'Released');
    await world.cast('bob', 'Approve', request);
    await told(request, 'ana Approve True VoteCounted', 'bob Approve False VoteOutOfTime');
  });

  it('on a request that was rejected: too late', async () => {
    const { name } = await world.environment('said-no', reviewedBy('ana', 'bob'));
    const request = await world.untilRequest(name);
    await world.cast('ana', 'Reject', request);
    await world.untilRequest(name, 'Rejected');
    await world.cast('bob', 'Approve', request);
    await told(request, 'ana Reject True VoteCounted', 'bob Approve False VoteOutOfTime');
    expect(await secretOf(name)).toBeUndefined();
  });

  it('on a request that another one has replaced: too late', async () => {
    const { name, source } = await world.environment('replaced', BY_ANA);
    const request = await world.untilRequest(name);
    const more = await world.source('EXTRA', 'replaced-more', 'extra');
    const entry = { name: 'PASSWORD', from: { key: source, property: 'PASSWORD' } };
    await world.change(name, BY_ANA, { secrets: [entry, more] });
    await world.untilStates(name, 'Superseded', 'Waiting');
    await world.cast('ana', 'Approve', request);
    await told(request, 'ana Approve False VoteOutOfTime');
  });

  it('on another subject than the request has: misdirected', async () => {
    const { name } = await world.environment('elsewhere', BY_ANA);
    const request = await world.untilRequest(name);
    const subject = `v1:sha256:${'0'.repeat(64)}`;
    await world.cast('ana', 'Approve', request, { subject });
    await told(request, 'ana Approve False VoteMisdirected');
    expect(await secretOf(name)).toBeUndefined();
  });

  it('on a request that is not there: misdirected', async () => {
    const { name } = await world.environment('nowhere', BY_ANA);
    const request = await world.untilRequest(name);
    const uid = '00000000-0000-4000-8000-000000000000';
    const gone = { ...request, metadata: { ...request.metadata, uid } };
    await world.cast('ana', 'Approve', gone);
    await told(gone, 'ana Approve False VoteMisdirected');
    expect(await secretOf(name)).toBeUndefined();
  });

  it('on the request of another scope: misdirected', async () => {
    const { name } = await world.environment('mine', BY_ANA);
    await world.environment('theirs', BY_ANA);
    const [mine, theirs] = [await world.untilRequest(name), await world.untilRequest('theirs')];
    await world.cast('ana', 'Approve', theirs, { scopeRef: { name, uid: mine.spec.scopeRef.uid } });
    await told(theirs, 'ana Approve False VoteMisdirected');
    await pause(IDLE_MS);
    expect(await secretOf('theirs')).toBeUndefined();
    expect(await secretOf(name)).toBeUndefined();
  });
});
