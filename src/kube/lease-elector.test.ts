import { beforeEach, describe, expect, it } from 'vitest';
import { sleep } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { electorOf, type Gate, LeaseServer } from './lease-elector-fixture.ts';
import { FakeClock } from './testing/fake-clock.ts';

let clock: FakeClock;
let server: LeaseServer;
const never = new AbortController().signal;

beforeEach(() => {
  clock = new FakeClock();
  server = new LeaseServer(clock);
});

const elector = (identity: string, gate?: Gate, own: FakeClock = clock) =>
  electorOf(server.client(gate), identity, own);
const holder = () => server.holder;

describe('the lease', () => {
  it('is made by whoever comes first', async () => {
    const term = await elector('a').acquire(never);
    expect([term?.isLeaderNow(), holder()]).toEqual([true, 'a']);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 12,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it('stays with a leader that renews it', async () => {
    await elector('a').acquire(never);
    let taken = false;
    void elector('b')
      .acquire(never)
      .then(() => {
        taken = true;
      });
    await clock.advance(120_000);
    expect([taken, holder()]).toEqual([false, 'a']);
  });

  it('goes to another one when the leader died, after the lease and no sooner', async () => {
    let dead = false;
    await elector('a', (verb) => (dead && verb === 'replace' ? 'hang' : undefined)).acquire(never);
    const next = elector('b').acquire(never);
    await clock.advance(4_000);
    dead = true;
    await clock.advance(12_000);
    expect(holder()).toBe('a');
    await clock.advance(1_200);
    expect([(await next)?.isLeaderNow(), server.lease?.spec?.leaseTransitions]).toEqual([true, 1]);
  });

  it('of a dead leader is judged by our own clock, whatever its times say', async () => {
    const theirs = new FakeClock();
    theirs.jumpWall(3_600_000);
    await elector('a', undefined, theirs).acquire(never);
    const next = elector('b').acquire(never);
    await clock.advance(11_900);
    expect(holder()).toBe('a');
    await clock.advance(100);
    expect((await next)?.isLeaderNow()).toBe(true);
  });

  it('that is given up goes to the next one at its next look', async () => {
    const first = await elector('a').acquire(never);
    const next = elector('b').acquire(never);
    await clock.advance(1_000);
    await first?.release();
    await clock.advance(1_200);
    expect([(await next) !== undefined, holder(), first?.leading.aborted]).toEqual([true, 'b', true]);
  });

  it('of an earlier term of ours is taken at once', async () => {
    await elector('a').acquire(never);
    expect((await elector('a').acquire(never))?.isLeaderNow()).toBe(true);
  });

  it('is never held by two, however their races end', async () => {
    const terms = [await Promise.race([elector('a').acquire(never), elector('b').acquire(never)])];
    await clock.advance(5_000);
    expect(terms.filter((term) => term?.isLeaderNow())).toHaveLength(1);
    expect(server.writes.filter(({ metadata }) => metadata['resourceVersion'] === undefined)).toHaveLength(1);
  });
});

describe('a leader', () => {
  it('that cannot renew stops before anybody else may start', async () => {
    let cut = false;
    const term = await elector('a', () => (cut ? 'network' : undefined)).acquire(never);
    await clock.advance(5_000);
    cut = true;
    await clock.advance(8_900);
    expect(term?.isLeaderNow()).toBe(true);
    await clock.advance(100);
    expect([term?.isLeaderNow(), term?.leading.aborted, holder()]).toEqual([false, true, 'a']);
  });

  it('whose renewal hangs stops in time too', async () => {
    let hanging = false;
    const term = await elector('a', () => (hanging ? 'hang' : undefined)).acquire(never);
    hanging = true;
    await clock.advance(9_000);
    expect(term?.leading.aborted).toBe(true);
  });

  it('counts from when it asked, not from when the answer came', async () => {
    let state: 'fast' | 'slow' | 'cut' = 'fast';
    const client = server.client(() => (state === 'cut' ? 'network' : undefined));
    const replace: KubeClient['replace'] = async (type, draft, options) => {
      if (state === 'slow') await sleep(clock, 3_000);
      return client.replace(type, draft, options);
    };
    const slow = { ...client, replace };
    const term = await electorOf(slow, 'a', clock).acquire(never);
    state = 'slow';
    await clock.advance(4_500);
    state = 'cut';
    await clock.advance(5_400);
    expect(term?.isLeaderNow()).toBe(true);
    await clock.advance(100);
    expect(term?.isLeaderNow()).toBe(false);
  });

  it('that missed some renewals goes on', async () => {
    let calls = 0;
    const term = await elector('a', (verb) =>
      verb === 'replace' && ++calls % 3 !== 0 ? 'server' : undefined,
    ).acquire(never);
    await clock.advance(60_000);
    expect(term?.isLeaderNow()).toBe(true);
  });

  it('whose renewal worked without an answer goes on with the new version', async () => {
    let calls = 0;
    const term = await elector('a', (verb) =>
      verb === 'replace' && ++calls === 1 ? 'loseAnswer' : undefined,
    ).acquire(never);
    await clock.advance(30_000);
    expect([term?.isLeaderNow(), holder()]).toEqual([true, 'a']);
  });

  it('that was paused past its lease knows before its next write, timers or not', async () => {
    const term = await elector('a').acquire(never);
    clock.freeze(10_000);
    expect(term?.isLeaderNow()).toBe(false);
    await clock.advance(0);
    expect(term?.leading.aborted).toBe(true);
  });

  it('that slept with its machine knows it by the wall clock', async () => {
    const term = await elector('a').acquire(never);
    clock.jumpWall(10_000);
    expect(term?.isLeaderNow()).toBe(false);
  });

  it('does not live longer because the wall clock was set back', async () => {
    let cut = false;
    const term = await elector('a', () => (cut ? 'network' : undefined)).acquire(never);
    cut = true;
    clock.jumpWall(-3_600_000);
    await clock.advance(9_000);
    expect(term?.isLeaderNow()).toBe(false);
  });

  it('that finds somebody else in the lease stops at once', async () => {
    const term = await elector('a').acquire(never);
    server.steal();
    await clock.advance(2_000);
    expect([term?.leading.aborted, holder()]).toEqual([true, 'thief']);
  });

  it('whose lease somebody deleted stops, since another one makes a new lease', async () => {
    const term = await elector('a').acquire(never);
    server.lease = undefined;
    await clock.advance(1_000);
    expect([term?.isLeaderNow(), term?.leading.aborted, holder()]).toEqual([false, true, undefined]);
  });

  it('that lost the lease does not give it up a second time', async () => {
    const term = await elector('a').acquire(never);
    server.steal();
    await clock.advance(3_000);
    const writes = server.writes.length;
    await term?.release();
    expect(server.writes).toHaveLength(writes);
  });
});

it('waiting for the lease ends with its signal, and leaves no timer', async () => {
  await elector('a')
    .acquire(never)
    .then((term) => term?.release());
  const term = await elector('a').acquire(never);
  const controller = new AbortController();
  const waiting = elector('b').acquire(controller.signal);
  await clock.advance(3_000);
  controller.abort();
  expect(await waiting).toBeUndefined();
  await term?.release();
  expect(clock.pendingTimers).toBe(0);
});
