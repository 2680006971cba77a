import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aScheduler, by, range } from '../../test/contract/a-scheduler.ts';
import type { MemoryBackend } from './backends/memory.ts';
import type { Asker } from './flight.ts';
import type { Scheduler } from './scheduler.ts';

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
      fc.array(request, { maxLength: 60, size: 'max' }),
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
    await fc.assert(run, { numRuns: 100 });
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

  it('THREATS 18: a tenant with more than 5,000 questions is sent away, the others are not', async () => {
    const { clock, scheduler } = aScheduler();
    const loud = range(5_010).map((n) => scheduler.describe({ key: `k${n}` }, by('loud')));
    const quiet = scheduler.describe({ key: 'quiet' }, by('quiet'));
    await clock.pass(60_000);
    const kinds = (await Promise.all(loud)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'throttled')).toHaveLength(10);
    expect((await quiet).kind).toBe('absent');
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
