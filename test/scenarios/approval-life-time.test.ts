/** What only time decides: wait timers, requests that nobody looks at, releases that end. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretThing } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-time');
}, 120_000);

afterAll(() => world?.stop());

const BY_ANA = reviewedBy('ana');
const MINUTE_MS = 60_000;
const IDLE_MS = 3_000;
const secretOf = (name: string) => world.cluster.secret(PROD, `${name}-target`);
/** Milliseconds from the request to its release, by the API server's clock. */
const waited = ({ metadata, status }: SeenRequest) =>
  Date.parse(status?.release?.at ?? '') - Date.parse(metadata.creationTimestamp);

describe('GX5, GX6: a wait timer runs beside the review, from the request on', { timeout: 150_000 }, () => {
  const timed = { waitTimerMinutes: 1 };

  it('opens nothing by itself where somebody has to approve, and an approval opens nothing before it', async () => {
    await world.environment('timer', timed);
    await world.environment('approved-first', { ...BY_ANA, ...timed });
    await world.environment('approved-last', { ...BY_ANA, ...timed });
    await world.environment('approved-in-time', { ...BY_ANA, ...timed, pendingTTL: '20s' });
    for (const name of ['approved-first', 'approved-in-time'])
      await world.cast('ana', 'Approve', await world.untilRequest(name));
    for (const name of ['timer', 'approved-first', 'approved-in-time'])
      await world.cluster.untilReady(PROD, name, 'False', 'WaitTimerRunning');
    await world.cluster.untilReady(PROD, 'approved-last', 'False', 'AwaitingApproval');
    const names = ['timer', 'approved-first', 'approved-last', 'approved-in-time'];
    const requests = await Promise.all(names.map((name) => world.untilRequest(name)));
    const begun = Math.min(...requests.map(({ metadata }) => Date.parse(metadata.creationTimestamp)));
    while (Date.now() < begun + MINUTE_MS - 1_000) {
      for (const name of names) expect(await secretOf(name), name).toBeUndefined();
      await pause(1_000);
    }
    for (const name of names) expect(await world.readsOf(`${name}-source`)).toEqual([]);
    await world.untilSecret('timer-target', 'value of timer', 30_000);
    await world.untilSecret('approved-first-target', 'value of approved-first', 30_000);
    // Q8: what was approved in time waits for its timer, however long that is
    await world.untilSecret('approved-in-time-target', 'value of approved-in-time', 30_000);
    expect(await secretOf('approved-last')).toBeUndefined();
    const late = await world.untilRequest('approved-last');
    await world.cast('ana', 'Approve', late);
    await world.untilSecret('approved-last-target', 'value of approved-last');
    for (const name of names) {
      const released = await world.untilRequest(name, 'Released');
      expect(waited(released), name).toBeGreaterThanOrEqual(MINUTE_MS);
      expect(waited(released), name).toBeLessThan(MINUTE_MS + 30_000);
      expect(released.status?.release).toMatchObject({ by: name === 'timer' ? 'elapse' : 'approve' });
    }
  });
});

describe('GX4: a request that nobody decides in time', { timeout: 90_000 }, () => {
  const short = { ...BY_ANA, pendingTTL: '6s' };

  it('expires, delivers nothing, and nothing is asked by itself', async () => {
    const { name } = await world.environment('expiring', short);
    const request = await world.untilRequest(name);
    expect(Date.parse(request.status?.expires ?? '') - Date.parse(request.metadata.creationTimestamp)).toBe(
      6_000,
    );
    await world.untilRequest(name, 'Expired');
    await world.cluster.untilReady(PROD, name, 'False', 'RequestExpired');
    await world.cast('ana', 'Approve', request);
    await pause(IDLE_MS);
    expect(await secretOf(name)).toBeUndefined();
    expect(await world.states(name)).toEqual(['Expired']);
    expect(await world.votes(request)).toEqual(['ana Approve False VoteOutOfTime']);
  });

  it('API-REVIEW 11: the annotation asks once more, and the same value never again', async () => {
    const name = 'expiring';
    await world.askAgain(name, 'please');
    await world.untilStates(name, 'Expired', 'Waiting');
    await world.untilStates(name, 'Expired', 'Expired');
    await pause(IDLE_MS);
    expect(await world.states(name)).toEqual(['Expired', 'Expired']);
    await world.askAgain(name, 'please, once more');
    await world.untilStates(name, 'Expired', 'Expired', 'Waiting');
    await world.cast('ana', 'Approve', await world.untilRequest(name));
    await world.untilSecret('expiring-target', 'value of expiring');
  });

  it('of a change leaves what is released as it is', async () => {
    const name = 'expiring-change';
    const { target, source } = await world.released(name, short);
    const entry = { name: 'PASSWORD', from: { key: source, property: 'PASSWORD' } };
    const more = await world.source('EXTRA', `${name}-more`, 'extra');
    await world.change(name, short, { secrets: [entry, more] });
    await world.untilStates(name, 'Released', 'Expired');
    await world.cluster.untilCondition(PROD, name, 'ChangesPending', {
      status: 'True',
      reason: 'RequestExpired',
    });
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'rotated' }));
    await world.untilHas(target, { PASSWORD: 'rotated' });
  });
});

describe.concurrent('FAULTS 32: a release that comes to its end', { timeout: 90_000 }, () => {
  const lasting = (onExpiry: string) => ({ ...BY_ANA, grantTTL: '10s', onExpiry });

  it('onExpiry Retain keeps the Secret as it was', async () => {
    const { name, target, source } = await world.released('retained', lasting('Retain'));
    await world.untilRequest(name, 'Expired');
    await world.cluster.untilReady(PROD, name, 'False', 'GrantExpired');
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    expect((await world.cluster.secret(PROD, target))?.data).toEqual({ PASSWORD: 'value of retained' });
    expect(await world.states(name)).toEqual(['Expired']);
    await world.askAgain(name, 'again');
    await world.cast('ana', 'Approve', await world.untilRequest(name));
    await world.untilSecret(target, 'rotated');
  });

  it('onExpiry Delete takes the Secret away, and a new approval brings it back', async () => {
    const { name, target } = await world.released('deleted', lasting('Delete'));
    await world.untilGone(target);
    await world.untilRequest(name, 'Expired');
    await world.cluster.untilReady(PROD, name, 'False', 'GrantExpired');
    await world.askAgain(name, 'again');
    await world.cast('ana', 'Approve', await world.untilRequest(name));
    await world.untilSecret(target, 'value of deleted');
  });

  it('a grantTTL that is set later holds for what was released before', async () => {
    const { name, target } = await world.released('shortened', { ...BY_ANA, onExpiry: 'Delete' });
    await world.change(name, { ...BY_ANA, grantTTL: '1s', onExpiry: 'Delete' });
    await world.untilGone(target);
    await world.cluster.untilReady(PROD, name, 'False', 'GrantExpired');
  });
});
