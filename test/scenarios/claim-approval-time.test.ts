/** Claims on environments that reviewers guard: what becomes of one by time alone. One minute is the shortest there is. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClaimWorld, claimThing, claimWorld } from '../scenarios-support/claim-world.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import { reviewedBy, type SeenRequest } from '../scenarios-support/protected-world.ts';
import { lines, writesOf } from '../scenarios-support/requests.ts';

const BY_ANA = reviewedBy('ana');
const SNAPSHOT = { mode: 'Snapshot' };
const IDLE_MS = 2_000;
// the operator asks again after five seconds at the earliest
const ASKED_MS = 7_000;
const DAY_MS = 86_400_000;

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-time');
  await releaseForAMinute();
}, 180_000);

afterAll(() => claims?.stop());

/** Released first and looked at last, side by side. */
const MINUTE = { ttl: '1m' };
const TIMED = {
  live: { protection: BY_ANA, spec: MINUTE },
  snapshot: { protection: BY_ANA, spec: { ...SNAPSHOT, ...MINUTE } },
  shortened: { protection: BY_ANA, spec: { ttl: '1h' } },
  'grant-longer': { protection: { ...BY_ANA, grantTTL: '1h', onExpiry: 'Retain' }, spec: MINUTE },
  'grant-kept': { protection: { ...BY_ANA, grantTTL: '1m' }, spec: { ttl: '1h' } },
  'grant-ended': { protection: { ...BY_ANA, grantTTL: '1m', onExpiry: 'Delete' }, spec: { ttl: '1h' } },
} as const;
const PATIENT_MINUTE_MS = 110_000;
const madeBefore = new Map<string, SeenRequest>();

async function releaseForAMinute(): Promise<void> {
  for (const [name, { protection, spec }] of Object.entries(TIMED)) {
    await claims.claimable(`${name}-scope`, protection);
    await claims.claim(name, `${name}-scope`, spec);
  }
  await claims.claimable('timer-scope', { waitTimerMinutes: 1 });
  await claims.claim('timer', 'timer-scope');
  // so that a minute from making it and one from its release are told apart
  await pause(6_000);
  for (const name of Object.keys(TIMED)) {
    await claims.approved(`${name}-scope`, name);
    madeBefore.set(name, await claims.untilRequest(`${name}-scope`, name, 'Released'));
  }
  await claims.claim('shortened', 'shortened-scope', MINUTE);
}

describe('THREATS 23: how long a claim may wait', () => {
  const waits = ({ metadata, status }: SeenRequest) =>
    Date.parse(status?.expires ?? '') - Date.parse(metadata.creationTimestamp);

  it('a Snapshot a day at most, a Live one as long as the scope lets', async () => {
    await claims.claimable('queue', BY_ANA);
    await claims.claim('queue-live', 'queue');
    await claims.claim('queue-once', 'queue', SNAPSHOT);
    expect(waits(await claims.untilRequest('queue', 'queue-live'))).toBe(30 * DAY_MS);
    expect(waits(await claims.untilRequest('queue', 'queue-once'))).toBe(DAY_MS);
  });

  it('a scope that lets wait for less is as strict with a Snapshot', async () => {
    await claims.claimable('short-queue', { ...BY_ANA, pendingTTL: '2h' });
    await claims.claim('short-once', 'short-queue', SNAPSHOT);
    expect(waits(await claims.untilRequest('short-queue', 'short-once'))).toBe(DAY_MS / 12);
  });
});

describe('when its time is over', { timeout: 3 * PATIENT_MINUTE_MS }, () => {
  const ends = ['live', 'snapshot', 'shortened', 'grant-longer'] as const;
  const releasedAt = (name: string) => Date.parse(madeBefore.get(name)?.status?.release?.at ?? '');

  it('ttl counts from the release, not from when it was made', async () => {
    // the operator tells a time that was shortened when it has looked at the claim again
    for (const name of ends)
      await until(async () => {
        const claim = await claims.seen(name);
        const expires = Date.parse(claim?.status?.expires ?? '');
        if (claim?.status?.state === 'Delivered')
          expect(Math.abs(expires - (releasedAt(name) + 60_000)), name).toBeLessThan(2_000);
        expect(releasedAt(name) - Date.parse(claim?.metadata.creationTimestamp ?? '')).toBeGreaterThan(3_000);
      });
  });

  it('the Secret goes, the claim stays as Expired, and the ledger knows it', async () => {
    for (const name of ends) {
      await claims.untilGone(name, PATIENT_MINUTE_MS);
      await claims.untilState(name, 'Expired Expired');
      const { spec } = madeBefore.get(name) as SeenRequest;
      await until(async () =>
        expect(await claims.world.ledger(spec.scopeRef.uid)).toEqual([
          `${name}-scope-${name}-1 Expired approve`,
        ]),
      );
      await claims.untilStates(`${name}-scope`, name, 'Expired');
    }
  });

  it('a grantTTL that is over before the ttl keeps the Secret, or not, as the scope says', async () => {
    await claims.untilState('grant-kept', 'Waiting GrantExpired', PATIENT_MINUTE_MS);
    await claims.untilHas('grant-kept', { PASSWORD: 'value of grant-kept-scope' });
    await claims.untilState('grant-ended', 'Waiting GrantExpired', PATIENT_MINUTE_MS);
    await claims.untilGone('grant-ended');
  });

  it('a timer alone releases when it has run, and not before', async () => {
    await claims.untilState('timer', 'Delivered Materialized', PATIENT_MINUTE_MS);
    const { metadata, status } = await claims.untilRequest('timer-scope', 'timer', 'Released');
    const waited = Date.parse(status?.release?.at ?? '') - Date.parse(metadata.creationTimestamp);
    expect(waited).toBeGreaterThanOrEqual(60_000);
  });

  it('API-REVIEW 11: applied again by GitOps it is not asked for again, nor after a restart', async () => {
    for (const name of ends)
      await claims.claim(name, `${name}-scope`, name === 'shortened' ? MINUTE : TIMED[name].spec);
    await pause(IDLE_MS);
    await claims.world.cluster.operator.stop();
    const mark = await claims.world.cluster.audit.mark();
    await claims.world.restart();
    await pause(ASKED_MS);
    const written = lines(writesOf(await claims.world.cluster.audit.since(mark)));
    expect(written.filter((line) => !line.includes('/events'))).toEqual([]);
    for (const name of ends) {
      expect(await claims.states(`${name}-scope`, name)).toEqual(['Expired']);
      expect(await claims.state(name)).toBe('Expired Expired');
      expect(await claims.secret(name)).toBeUndefined();
    }
  });

  it('nor does a longer ttl, or none, give anybody more than was approved', async () => {
    for (const spec of [{ ttl: '2h' }, {}]) {
      await claims.claim('grant-longer', 'grant-longer-scope', spec);
      await until(async () => {
        const { metadata, status } = (await claims.seen('grant-longer')) ?? {};
        expect(status?.observedGeneration).toBe(metadata?.generation);
      }, 30_000);
      await pause(IDLE_MS);
      expect(['Expired Expired', 'Waiting GrantExpired']).toContain(await claims.state('grant-longer'));
      expect(await claims.secret('grant-longer')).toBeUndefined();
      expect(await claims.states('grant-longer-scope', 'grant-longer')).toEqual(['Expired']);
    }
  });

  it('asked for again by the annotation it waits for reviewers like a new one', async () => {
    await claims.askAgain('live', 'again');
    const request = await claims.untilRequest('live-scope', 'live');
    expect(request.spec).toMatchObject({ askedAgain: 'again' });
    await claims.untilState('live', 'AwaitingApproval AwaitingApproval');
    await claims.approved('live-scope', 'live');
    await claims.untilHas('live', { PASSWORD: 'value of live-scope' });
  });

  it('a claim of the same name that is made anew is asked for', async () => {
    await claims.remove('snapshot');
    expect((await claims.builder.create(claimThing('snapshot', 'snapshot-scope', SNAPSHOT))).status).toBe(
      201,
    );
    await claims.approved('snapshot-scope', 'snapshot');
    expect(await claims.states('snapshot-scope', 'snapshot')).toEqual(['Expired', 'Released']);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});
