/** The sums beside TIMING in lease-record.ts, for every moment at which something can happen between two renewals. */
import { describe, expect, it } from 'vitest';
import { electorOf, type Fault, LeaseServer } from './lease-elector-fixture.ts';
import { FakeClock } from './testing/fake-clock.ts';

const never = new AbortController().signal;
const PHASES = Array.from({ length: 11 }, (_, index) => index * 100);
const EXTREMES = [0, 0.3, 0.999];
const STEP_MS = 10;

/** A leader with a server that answers it with `fault` while `during` says so, and a follower that sees no fault. */
async function pair(during: (now: number) => Fault | undefined, random: number) {
  const clock = new FakeClock();
  const server = new LeaseServer(clock);
  const faulty = server.client(() => during(clock.monotonic()));
  const leader = await electorOf(faulty, 'leader', clock, () => random).acquire(never);
  const next = { leads: false };
  void electorOf(server.client(), 'next', clock, () => random)
    .acquire(never)
    .then((term) => {
      next.leads = term !== undefined;
    });
  return { clock, server, leader, next };
}

async function msUntil(clock: FakeClock, reached: () => boolean): Promise<number> {
  const start = clock.monotonic();
  while (!reached()) {
    if (clock.monotonic() - start > 60_000) throw new Error('not within a minute');
    await clock.advance(STEP_MS);
  }
  return clock.monotonic() - start;
}

const cases = PHASES.flatMap((phase) => EXTREMES.map((random) => ({ diesAt: 3_000 + phase, random })));

describe('the time that', () => {
  it('a killed leader goes without a successor is 13.2 s at most', async () => {
    const took = await Promise.all(
      cases.map(async ({ diesAt, random }) => {
        const { clock, next } = await pair((now) => (now > diesAt ? 'hang' : undefined), random);
        await clock.advance(diesAt);
        return msUntil(clock, () => next.leads);
      }),
    );
    expect(Math.max(...took)).toBeLessThanOrEqual(13_200);
    expect(Math.min(...took)).toBeGreaterThanOrEqual(11_000);
  });

  it('passes between a leader that lost and its successor is 3 s at least', async () => {
    const gaps = await Promise.all(
      cases.map(async ({ diesAt, random }) => {
        const { clock, leader, next } = await pair((now) => (now > diesAt ? 'hang' : undefined), random);
        await msUntil(clock, () => leader?.isLeaderNow() === false);
        return msUntil(clock, () => next.leads);
      }),
    );
    // seen in steps
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_000 - STEP_MS);
  });

  it.each<[Fault, number]>([
    ['network', 7_000],
    ['hang', 5_500],
  ])('an API server may answer with %s before a leader is lost is %i ms', async (fault, lastsMs) => {
    const survived = await Promise.all(
      cases.map(async ({ diesAt, random }) => {
        const out = (now: number) => now > diesAt && now < diesAt + lastsMs;
        const { clock, leader } = await pair((now) => (out(now) ? fault : undefined), random);
        await clock.advance(30_000);
        return leader?.isLeaderNow();
      }),
    );
    expect(new Set(survived)).toEqual(new Set([true]));
  });

  it('passes until the next one leads after an orderly end is 1.2 s at most', async () => {
    const took = await Promise.all(
      cases.map(async ({ diesAt, random }) => {
        const { clock, leader, next } = await pair(() => undefined, random);
        await clock.advance(diesAt);
        await leader?.release();
        return msUntil(clock, () => next.leads);
      }),
    );
    expect(Math.max(...took)).toBeLessThanOrEqual(1_200);
  });
});
