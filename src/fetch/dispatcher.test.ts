import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import { MemoryBackend } from './backends/memory.ts';
import type { AccountEvent, CallRecord } from './dispatcher.ts';
import type { Asker } from './flight.ts';
import type { CheckAnswer, Refusal } from './port.ts';
import { Scheduler } from './scheduler.ts';

const asker: Asker = { tenant: 't', signal: new AbortController().signal };
const DOWN: Refusal = { kind: 'unavailable', code: 'ECONNREFUSED' };

function aScheduler() {
  const clock = new SteppedClock();
  const backend = new MemoryBackend({ latency: { clock, ms: 10 } });
  const events: AccountEvent[] = [];
  const records: CallRecord[] = [];
  const scheduler = new Scheduler({
    backend,
    clock,
    random: () => 0.5,
    onCall: (record) => records.push(record),
    onEvent: (event) => events.push(event),
    onRead: () => undefined,
    onPut: () => undefined,
    onRemove: () => undefined,
  });
  const ask = async (key: string, waitMs = 10_000) => {
    const answer = scheduler.describe({ key }, asker);
    await clock.pass(waitMs);
    return answer;
  };
  return { clock, backend, scheduler, events, records, ask };
}

async function aBrokenOne() {
  const parts = aScheduler();
  parts.backend.faults.plant({ answer: DOWN });
  await Promise.all([parts.ask('a', 0), parts.ask('b', 3_000)]);
  return parts;
}

describe('a provider that asks for silence', () => {
  it('is left alone for that long by everybody; who asks meanwhile hears how long it lasts', async () => {
    const { backend, events, ask } = aScheduler();
    backend.faults.plant({ answer: { kind: 'throttled', afterMs: 20_000 }, times: 1 });
    expect(await ask('a', 1_000)).toEqual({ kind: 'throttled', afterMs: 20_000 });
    expect(await ask('b', 10_000)).toEqual({ kind: 'throttled', afterMs: 19_010 });
    await ask('c', 9_500);
    expect(backend.calls).toHaveLength(1);
    expect((await ask('d')).kind).toBe('absent');
    expect(events).toEqual([{ kind: 'paused', ms: 20_000 }]);
  });

  it('for two seconds at most, nobody hears of it', async () => {
    const { backend, events, ask } = aScheduler();
    backend.faults.plant({ answer: { kind: 'throttled', afterMs: 2_000 }, times: 2 });
    expect((await ask('a')).kind).toBe('absent');
    expect(backend.calls).toHaveLength(3);
    expect(events).toEqual([]);
  });
});

describe('a provider that cannot be reached', () => {
  it('is not called any more after five failures in a row, and what it failed with is still told', async () => {
    const { backend, events, ask } = await aBrokenOne();
    const before = backend.keysOf('describe').length;
    expect(await ask('c', 100)).toEqual({ kind: 'unavailable', code: 'ECONNREFUSED' });
    expect(backend.keysOf('describe')).toHaveLength(before);
    expect(events).toEqual([{ kind: 'circuitOpened', code: 'ECONNREFUSED' }]);
  });

  it('is called on when it says anything in between, even no', async () => {
    const { backend, events, ask } = aScheduler();
    backend.faults.plant({ key: 'no', answer: { kind: 'denied' } });
    for (const key of ['a', 'b', 'c']) {
      backend.faults.plant({ key, answer: DOWN });
      await ask(key, 3_000);
      await ask('no', 100);
    }
    expect(events).toEqual([]);
  });

  it('is probed ever more seldom, and served again as soon as it answers', async () => {
    const { clock, backend, events, records, ask } = await aBrokenOne();
    const probes = () => backend.calls.filter(({ operation }) => operation === 'check').length;
    await clock.pass(60_000);
    const seldom = probes();
    // whoever counts failures sees that they go on
    const told = records.filter(({ operation }) => operation === 'check').map(({ outcome }) => outcome);
    expect(told).toEqual(Array.from({ length: seldom }, () => 'unavailable'));
    expect(seldom).toBeGreaterThanOrEqual(3);
    expect(seldom).toBeLessThanOrEqual(5);
    backend.faults.heal();
    await clock.pass(60_000);
    expect(events.at(-1)).toEqual({ kind: 'circuitClosed' });
    expect(probes()).toBe(seldom + 1);
    expect((await ask('c')).kind).toBe('absent');
  });

  it('counts as reached when it only denies the probe', async () => {
    const { clock, backend, events } = await aBrokenOne();
    backend.faults.heal();
    backend.faults.plant({ operation: 'check', answer: { kind: 'denied' } });
    await clock.pass(10_000);
    expect(events.at(-1)).toEqual({ kind: 'circuitClosed' });
  });
});

describe('a closed scheduler', () => {
  it('answers everything at once, now and later', async () => {
    const { clock, scheduler, ask } = aScheduler();
    const waiting = scheduler.describe({ key: 'a' }, asker);
    scheduler.close();
    expect(await waiting).toEqual({ kind: 'unavailable', code: 'ConnectionClosed' });
    expect(await ask('b', 0)).toEqual({ kind: 'unavailable', code: 'ConnectionClosed' });
    expect(clock.timers).toBe(0);
  });

  it('answers what waits for another attempt, too', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.faults.plant({ answer: DOWN });
    const waiting = scheduler.describe({ key: 'a' }, asker);
    await clock.pass(20);
    scheduler.close();
    expect(await waiting).toEqual({ kind: 'unavailable', code: 'ConnectionClosed' });
    expect(clock.timers).toBe(0);
  });

  it('starts no new probe when one is under way', async () => {
    const { clock, scheduler, backend } = await aBrokenOne();
    const answer = Promise.withResolvers<CheckAnswer>();
    backend.check = () => answer.promise;
    await clock.pass(6_000);
    scheduler.close();
    answer.resolve({ kind: 'unavailable', code: 'E' });
    await clock.pass(0);
    expect(clock.timers).toBe(0);
  });

  it('runs no probe any more', async () => {
    const { clock, scheduler } = await aBrokenOne();
    scheduler.close();
    expect(clock.timers).toBe(0);
  });
});
