import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock, settled } from '../../test/contract/stepped-clock.ts';
import { MemoryBackend } from './backends/memory.ts';
import type { AccountEvent, CallRecord } from './dispatcher.ts';
import type { Asker } from './flight.ts';
import { wipeAnswers } from './payload.ts';
import type { Capabilities } from './port.ts';
import { Scheduler } from './scheduler.ts';

const by = (tenant: string, signal = new AbortController().signal): Asker => ({ tenant, signal });

function aScheduler(capabilities: Partial<Capabilities> = {}, ms = 100) {
  const clock = new SteppedClock();
  const backend = new MemoryBackend({ capabilities, latency: { clock, ms } });
  const records: CallRecord[] = [];
  const events: AccountEvent[] = [];
  const scheduler = new Scheduler({
    backend,
    clock,
    random: () => 0.5,
    onCall: (record) => records.push(record),
    onEvent: (event) => events.push(event),
    onRead: (_query, answer) => answer.kind === 'found' && wipeAnswers([answer]),
  });
  return { clock, backend, scheduler, records, events };
}

describe('calls', () => {
  it('the same question is asked once, however many wait for it', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    const answers = Promise.all(
      ['t1', 't2', 't3'].map((tenant) => scheduler.describe({ key: 'a' }, by(tenant))),
    );
    await clock.pass(50);
    const late = scheduler.describe({ key: 'a' }, by('t4'));
    await clock.pass(50);
    expect([...(await answers), await late].map(({ kind }) => kind)).toEqual(Array(4).fill('found'));
    expect(backend.keysOf('describe')).toEqual(['a']);
  });

  it('what is asked together shares calls of batchSize', async () => {
    const { clock, backend, scheduler } = aScheduler({ batchSize: 20 });
    const answers = Promise.all(range(45).map((n) => scheduler.describe({ key: `k${n}` }, by('t'))));
    await clock.pass(100);
    await answers;
    expect(backend.calls.map(({ keys }) => keys.length)).toEqual([20, 20, 5]);
  });

  it('an answer that was asked for before a change is not given to who asks after it', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    const before = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(50);
    scheduler.outdate((key) => key === 'a');
    const after = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(100);
    await Promise.all([before, after]);
    expect(backend.keysOf('describe')).toEqual(['a', 'a']);
  });

  it('a denied or absent key is asked once and opens no circuit', async () => {
    const { clock, backend, scheduler, events } = aScheduler({ batchSize: 1 });
    backend.faults.plant({ key: 'secret', answer: { kind: 'denied' } });
    for (const n of range(20)) {
      const denied = scheduler.describe({ key: 'secret' }, by('t'));
      const absent = scheduler.describe({ key: `missing${n}` }, by('t'));
      await clock.pass(200);
      expect([(await denied).kind, (await absent).kind]).toEqual(['denied', 'absent']);
    }
    expect(backend.calls).toHaveLength(40);
    expect(events).toEqual([]);
  });

  it('of a batch only what failed is asked again', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    backend.store('b', 'x');
    backend.faults.plant({ key: 'b', answer: { kind: 'unavailable', code: 'E1' }, times: 2 });
    const answers = Promise.all(['a', 'b'].map((key) => scheduler.describe({ key }, by('t'))));
    await clock.pass(5_000);
    expect((await answers).map(({ kind }) => kind)).toEqual(['found', 'found']);
    expect(backend.calls.map(({ keys }) => keys)).toEqual([['a', 'b'], ['b'], ['b']]);
  });

  it('three failures in transport are an answer', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.faults.plant({ answer: { kind: 'unavailable', code: 'ECONNRESET' } });
    const answer = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(10_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'ECONNRESET' });
    expect(backend.calls).toHaveLength(3);
  });

  it('a backend that never answers is given up after 30 s, three times', async () => {
    const { clock, scheduler, records } = aScheduler({}, 10_000_000);
    const answer = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(100_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'Timeout' });
    expect(records.map(({ outcome, seconds }) => [outcome, seconds])).toEqual(
      Array(3).fill(['timedOut', 30]),
    );
  });

  it('THREATS 16: what a backend throws goes nowhere', async () => {
    const { clock, backend, scheduler, events } = aScheduler();
    backend.read = () => Promise.reject(new TypeError('hunter2 is not valid JSON'));
    const answer = scheduler.read({ ref: { key: 'a' }, wanted: 'v1' }, by('t'), (found) => found);
    await clock.pass(10_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'BackendFailed' });
    expect(events[0]).toEqual({ kind: 'backendThrew', operation: 'read', error: 'TypeError' });
    expect(inspect(events)).not.toContain('hunter2');
  });
});

describe('who gives up', () => {
  it('gets an answer at once and takes nothing from the others', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    const leaving = new AbortController();
    const first = scheduler.describe({ key: 'a' }, by('t1', leaving.signal));
    const second = scheduler.describe({ key: 'a' }, by('t2'));
    await clock.pass(50);
    leaving.abort(new DOMException('too late', 'TimeoutError'));
    expect(await first).toEqual({ kind: 'unavailable', code: 'Timeout' });
    await clock.pass(50);
    expect((await second).kind).toBe('found');
  });

  it('ends the call when nobody waits any more', async () => {
    const { clock, backend, scheduler, records } = aScheduler({}, 10_000_000);
    const leaving = new AbortController();
    const answer = scheduler.describe({ key: 'a' }, by('t', leaving.signal));
    await clock.pass(50);
    leaving.abort();
    expect(await answer).toEqual({ kind: 'unavailable', code: 'Aborted' });
    await settled();
    expect(records.map(({ outcome }) => outcome)).toEqual(['abandoned']);
    void scheduler.describe({ key: 'a' }, by('t'));
    await settled();
    expect(backend.calls).toHaveLength(2);
  });
});

describe('any load', () => {
  const request = fc.record({
    tenant: fc.constantFrom('a', 'b', 'c'),
    key: fc.integer({ min: 0, max: 30 }),
    operation: fc.constantFrom('describe', 'read', 'list'),
    afterMs: fc.integer({ min: 0, max: 300 }),
  });
  const fault = fc.record({
    answer: fc.constantFrom(
      { kind: 'unavailable', code: 'E' } as const,
      { kind: 'throttled', afterMs: 300 } as const,
      { kind: 'throttled', afterMs: 9_000 } as const,
      { kind: 'denied' } as const,
    ),
    key: fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`),
    times: fc.integer({ min: 1, max: 4 }),
  });

  it('every question is answered once, with its own answer, and never more calls are in flight than allowed', async () => {
    const run = fc.asyncProperty(
      fc.array(request, { maxLength: 60 }),
      fc.array(fault, { maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      async (requests, faults, concurrency, batchSize) => {
        const { clock, backend, scheduler } = aScheduler({ concurrency, batchSize, callsPerSecond: 50 });
        const versions = range(31).map((n) => backend.store(`k${n}`, `value of k${n}`));
        for (const each of faults) backend.faults.plant(each);
        const most = mostInFlight(backend);
        let answered = 0;
        const asked: Promise<void>[] = [];
        for (const { tenant, key, operation, afterMs } of requests) {
          await clock.pass(afterMs);
          asked.push(
            ask(scheduler, operation, `k${key}`, by(tenant)).then((answer) => {
              answered++;
              expect([`value of k${key}`, versions[key], 'refused']).toContain(answer);
            }),
          );
        }
        await clock.pass(120_000);
        await Promise.all(asked);
        expect(answered).toBe(requests.length);
        expect(scheduler.queued).toBe(0);
        expect(most()).toBeLessThanOrEqual(concurrency);
      },
    );
    await fc.assert(run, { numRuns: 60 });
  });

  it('THREATS 18: a tenant with 1,000 questions delays the single one of another by a few calls', async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4 }), fc.boolean());
    const run = fc.asyncProperty(sizes, async ([concurrency, batchSize, sameKey]) => {
      const { clock, backend, scheduler } = aScheduler({ concurrency, batchSize });
      for (const n of range(1000)) void scheduler.describe({ key: `k${n}` }, by('loud'));
      await clock.pass(250);
      const before = backend.calls.length;
      // also when it waits for what the loud one has queued last
      const key = sameKey ? 'k999' : 'quiet';
      void scheduler.describe({ key }, by('quiet'));
      await clock.pass(20_000);
      const its = backend.calls.findIndex(({ keys }) => keys.includes(key));
      expect(its - before).toBeLessThanOrEqual(concurrency);
    });
    await fc.assert(run, { numRuns: 10 });
  });

  it('THREATS 18: calls stay below callsPerSecond after a burst of one second', async () => {
    const { clock, backend, scheduler } = aScheduler(
      { batchSize: 1, callsPerSecond: 10, concurrency: 100 },
      1,
    );
    for (const n of range(1000)) void scheduler.describe({ key: `k${n}` }, by('t'));
    await clock.pass(10_000);
    expect(backend.calls.length).toBeGreaterThan(100);
    expect(backend.calls.length).toBeLessThanOrEqual(110);
  });
});

async function ask(scheduler: Scheduler, operation: string, key: string, asker: Asker): Promise<string> {
  if (operation === 'describe') {
    const answer = await scheduler.describe({ key }, asker);
    return answer.kind === 'found' ? answer.version : 'refused';
  }
  if (operation === 'list') {
    const answer = await scheduler.list('', asker);
    return answer.kind === 'listed' ? `value of ${key}` : 'refused';
  }
  return scheduler.read({ ref: { key }, wanted: 'v' }, asker, (answer) => {
    if (answer.kind !== 'found' || answer.payload.kind !== 'value') return 'refused';
    return answer.payload.value.reveal().toString();
  });
}

function mostInFlight(backend: MemoryBackend): () => number {
  let now = 0;
  let most = 0;
  const counting = <T extends unknown[], R>(call: (...parts: T) => Promise<R>) => {
    return async (...parts: T): Promise<R> => {
      most = Math.max(most, ++now);
      try {
        return await call(...parts);
      } finally {
        now--;
      }
    };
  };
  backend.describe = counting(backend.describe.bind(backend));
  backend.read = counting(backend.read.bind(backend));
  backend.list = counting(backend.list.bind(backend));
  return () => most;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
