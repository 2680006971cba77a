/** Claims on environments that reviewers guard: what becomes of one by each decision. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CI, type ClaimWorld, claimWorld } from '../scenarios-support/claim-world.ts';
import { roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { PROD, reviewedBy } from '../scenarios-support/protected-world.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

const BY_ANA = reviewedBy('ana');
const SNAPSHOT = { mode: 'Snapshot' };
const IDLE_MS = 2_000;
// the operator asks again after five seconds at the earliest
const ASKED_MS = 7_000;

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-approval');
  await claims.sharedAbove();
}, 180_000);

afterAll(() => claims?.stop());

describe('THREATS 22: before anybody has approved', () => {
  it('no value of the environment is read, and nothing is written for the claim', async () => {
    await claims.claimable('unread', BY_ANA);
    await claims.claim('unread', 'unread', { include: ['PASSWORD', 'TOKEN'] });
    await claims.untilState('unread', 'AwaitingApproval AwaitingApproval');
    await pause(IDLE_MS);
    expect(await claims.world.readsOf('unread-source')).toEqual([]);
    expect(await claims.writesOf('unread')).toEqual([]);
  });

  it('the request says what would be delivered, where to, and until when it waits', async () => {
    const request = await claims.untilRequest('unread', 'unread');
    expect(request.spec.secrets).toMatchObject([
      { name: 'PASSWORD', level: 'Environment', key: 'unread-source' },
      { name: 'TOKEN', level: 'Repository' },
    ]);
    expect(request.spec.namespaces).toMatchObject([{ name: CI }]);
    expect(request.metadata.name).toBe('unread-unread-1');
    expect(request.spec.authors).toContain('builder');
    const { request: named } = (await claims.seen('unread'))?.status ?? {};
    expect(named).toEqual({ namespace: PROD, name: 'unread-unread-1' });
  });

  it('then the operator reads it once and makes the Secret by one write', async () => {
    await claims.approved('unread', 'unread');
    await claims.untilHas('unread', { PASSWORD: 'value of unread', TOKEN: 'of the repository' });
    expect(await claims.world.readsOf('unread-source')).toHaveLength(1);
    expect(await claims.writesOf('unread')).toEqual([`${OPERATOR} create`]);
  });

  it('API-REVIEW 15: what is released names the votes that it rests on', async () => {
    const { status } = await claims.untilRequest('unread', 'unread', 'Released');
    expect(status?.release?.votes).toMatchObject([{ username: 'ana', decision: 'Approve' }]);
  });
});

describe('API-REVIEW 11: a claim that was rejected', () => {
  it('says so, stays without a Secret, and a Live and a Snapshot alike', async () => {
    await claims.claimable('refused', BY_ANA);
    for (const [name, spec] of [
      ['refused', {}],
      ['refused-once', SNAPSHOT],
    ] as const) {
      await claims.claim(name, 'refused', spec);
      await claims.decided('refused', name, 'Reject');
      await claims.untilState(name, 'Waiting Rejected');
      expect(await claims.writesOf(name)).toEqual([]);
    }
    expect(await claims.world.readsOf('refused-source')).toEqual([]);
  });

  it('is not asked for again: not when it is applied again, nor when it was deleted and made again', async () => {
    await claims.claim('refused', 'refused');
    const before = await claims.seen('refused');
    await claims.remove('refused');
    await claims.claim('refused', 'refused');
    await claims.untilState('refused', 'Waiting Rejected');
    await pause(ASKED_MS);
    expect((await claims.seen('refused'))?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await claims.states('refused', 'refused')).toEqual(['Rejected']);
    expect(await claims.writesOf('refused')).toEqual([]);
  });

  it('the annotation alone asks nothing, while the rejection stands', async () => {
    await claims.askAgain('refused-once', 'too-early');
    await pause(ASKED_MS);
    expect(await claims.states('refused', 'refused-once')).toEqual(['Rejected']);
    await claims.untilState('refused-once', 'Waiting Rejected');
  });

  it('once that was withdrawn, the annotation asks once, and its value is in the request', async () => {
    await claims.decided('refused', 'refused-once', 'Revoke', 'ana', 'Rejected');
    await claims.untilState('refused-once', 'Waiting RejectionWithdrawn');
    await pause(IDLE_MS);
    expect(await claims.states('refused', 'refused-once')).toEqual(['Withdrawn']);
    await claims.askAgain('refused-once', 'once-more');
    const request = await claims.untilRequest('refused', 'refused-once');
    expect(request.spec).toMatchObject({ askedAgain: 'once-more' });
    await claims.approved('refused', 'refused-once');
    await claims.untilHas('refused-once', { PASSWORD: 'value of refused' });
    expect(await claims.states('refused', 'refused-once')).toEqual(['Withdrawn', 'Released']);
  });

  it('another claim on the same scope is a request of its own', async () => {
    await claims.claim('refused-other', 'refused');
    await claims.approved('refused', 'refused-other');
  });
});

describe('a release that a reviewer takes back', () => {
  it('the Secret goes as a whole, of a Live claim and of a Snapshot', async () => {
    await claims.claimable('taken', BY_ANA);
    for (const [name, spec] of [
      ['taken', { include: ['PASSWORD', 'TOKEN'] }],
      ['taken-once', SNAPSHOT],
    ] as const) {
      await claims.claim(name, 'taken', spec);
      await claims.approved('taken', name);
    }
    expect((await claims.secret('taken-once'))?.immutable).toBe(true);
    for (const name of ['taken', 'taken-once']) {
      await claims.decided('taken', name, 'Revoke', 'ana', 'Released');
      await claims.untilGone(name);
      await claims.untilState(name, 'Waiting Revoked');
      expect(await claims.writesOf(name)).toEqual([`${OPERATOR} create`, `${OPERATOR} delete`]);
    }
  });

  it('API-REVIEW 7: where onRevoke is Retain it stays as it was, and its source is not followed', async () => {
    await claims.claimable('retained', { ...BY_ANA, onRevoke: 'Retain' });
    await claims.claim('retained', 'retained');
    await claims.approved('retained', 'retained');
    await claims.decided('retained', 'retained', 'Revoke', 'ana', 'Released');
    await claims.untilState('retained', 'Waiting Revoked');
    await claims.world.cluster.have(secretThing(PROD, 'retained-source', { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    await claims.untilHas('retained', { PASSWORD: 'value of retained' });
    await claims.remove('retained');
    await claims.untilGone('retained');
  });

  it('asked for again by the annotation, it is delivered again when that is approved', async () => {
    await claims.askAgain('taken', 'again');
    const request = await claims.untilRequest('taken', 'taken');
    expect(request.spec).toMatchObject({ askedAgain: 'again' });
    expect(await claims.secret('taken')).toBeUndefined();
    await claims.approved('taken', 'taken');
    await claims.askAgain('taken-once', 'again');
    await claims.approved('taken', 'taken-once');
    await claims.untilHas('taken-once', { PASSWORD: 'value of taken' });
  });
});

describe('who may bypass', () => {
  it('releases with a reason, where the scope allows it', async () => {
    const { world } = claims;
    await world.cluster.have(roleBinding('cleo', 'secretscope-bypasser', PROD));
    await claims.claimable('hurry', { ...BY_ANA, allowBypass: true, waitTimerMinutes: 60 });
    await claims.claim('hurry', 'hurry', SNAPSHOT);
    const request = await claims.untilRequest('hurry', 'hurry');
    const cleo = await world.person('cleo');
    await until(async () => {
      const { status } = await world.vote(cleo, 'cleo', 'Bypass', request, { comment: 'the shop is down' });
      if (status >= 400) throw new Error(`the bypass: ${status}`);
    }, 20_000);
    await claims.untilState('hurry', 'Delivered Materialized');
    const released = await claims.untilRequest('hurry', 'hurry', 'Released');
    expect(released.status?.release?.votes).toMatchObject([{ username: 'cleo', decision: 'Bypass' }]);
  });

  it('but not where it does not', async () => {
    await claims.claimable('patient', BY_ANA);
    await claims.claim('patient', 'patient');
    const request = await claims.untilRequest('patient', 'patient');
    await claims.world.cast('cleo', 'Bypass', request, { comment: 'the shop is down' });
    await claims.world.untilVotes(request, 'cleo Bypass False BypassNotAllowed');
    expect(await claims.secret('patient')).toBeUndefined();
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});
