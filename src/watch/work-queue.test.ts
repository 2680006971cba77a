import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { LOW_PRIORITY, WorkQueue } from './work-queue.ts';

let clock: FakeClock;
let queue: WorkQueue;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: () => 0.5 });
});

/** Everything that can be taken now, in order. */
async function drain(from = queue): Promise<string[]> {
  const keys: string[] = [];
  while (from.length > 0) {
    const key = await from.take();
    if (key === undefined) break;
    keys.push(key);
    from.done(key);
  }
  return keys;
}

describe('a key', () => {
  it('waits once however often it is added', async () => {
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(await drain()).toEqual(['a', 'b']);
  });

  it('that is added while it runs, runs once more afterwards', async () => {
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await drain()).toEqual(['a']);
  });

  it('goes to whoever waits for one', async () => {
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
  });

  it('with a delay waits for its time', async () => {
    const taken = queue.take();
    queue.add('a', { delayMs: 1_000 });
    expect([queue.length, queue.delayedCount]).toEqual([0, 1]);
    await clock.advance(999);
    expect(queue.delayedCount).toBe(1);
    await clock.advance(1);
    expect(await taken).toBe('a');
  });

  it('comes at the earlier time of two, whichever was said first', async () => {
    queue.add('a', { delayMs: 1_000 });
    queue.add('a', { delayMs: 5_000 });
    queue.add('b', { delayMs: 5_000 });
    queue.add('b', { delayMs: 1_000 });
    queue.add('c', { delayMs: 1_000 });
    queue.add('c');
    expect(queue.length).toBe(1);
    await clock.advance(1_000);
    expect(queue.length).toBe(3);
  });

  it('that is delayed while it runs comes back at its time', async () => {
    queue.add('a');
    await queue.take();
    queue.add('a', { delayMs: 1_000 });
    queue.done('a');
    expect([queue.length, queue.delayedCount]).toEqual([0, 1]);
  });
});

describe('order', () => {
  it('is urgency, then age', async () => {
    queue.add('old', { priority: LOW_PRIORITY });
    queue.add('live');
    queue.add('urgent', { priority: 10 });
    queue.add('live too');
    expect(await drain()).toEqual(['urgent', 'live', 'live too', 'old']);
  });

  it('a key keeps the higher of two priorities', async () => {
    queue.add('a', { priority: LOW_PRIORITY });
    queue.add('b', { priority: LOW_PRIORITY });
    queue.add('b');
    queue.add('b', { priority: LOW_PRIORITY });
    expect(await drain()).toEqual(['b', 'a']);
  });

  it('the first list waits for live events for 30 s and no longer', async () => {
    queue.add('list', { priority: LOW_PRIORITY });
    await clock.advance(29_000);
    queue.add('live at 29 s');
    await clock.advance(2_000);
    queue.add('live at 31 s');
    expect(await drain()).toEqual(['live at 29 s', 'list', 'live at 31 s']);
  });
});

describe('a key that fails', () => {
  async function failures(count: number): Promise<number[]> {
    const delays: number[] = [];
    const retried = new WorkQueue({
      clock,
      random: () => 0.999,
      hooks: { onRetry: (_key, _n, delayMs) => delays.push(delayMs) },
    });
    for (let i = 0; i < count; i++) {
      retried.add('a');
      await retried.take();
      retried.retry('a');
      retried.done('a');
    }
    return delays;
  }

  it('waits twice as long each time, up to five minutes', async () => {
    const delays = await failures(12);
    expect(delays.slice(0, 4).map(Math.round)).toEqual([999, 1998, 3996, 7992]);
    expect(Math.max(...delays)).toBeLessThan(300_000);
    expect(delays.at(-1)).toBeGreaterThan(299_000);
  });

  it('is not asked before the server wants it', () => {
    queue.add('a');
    void queue.take();
    queue.retry('a', 60_000);
    queue.done('a');
    void clock.advance(0);
    expect(queue.delayedCount).toBe(1);
  });

  it('starts over once it has worked', async () => {
    const delays: number[] = [];
    const retried = new WorkQueue({
      clock,
      random: () => 0.5,
      hooks: { onRetry: (_key, n) => delays.push(n) },
    });
    for (const forget of [false, false, true, false]) {
      if (forget) retried.forget('a');
      retried.retry('a');
    }
    expect(delays).toEqual([1, 2, 1, 2]);
  });

  it('keeps its priority', async () => {
    queue.add('a', { priority: LOW_PRIORITY });
    await queue.take();
    queue.retry('a');
    queue.done('a');
    queue.add('b', { delayMs: 500 });
    await clock.advance(600);
    expect(await drain()).toEqual(['b', 'a']);
  });
});

describe('after shutDown', () => {
  it('idle workers are let go and nothing is handed out', async () => {
    const taken = queue.take();
    queue.add('later', { delayMs: 5 });
    queue.shutDown();
    queue.add('a');
    expect(await taken).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect([queue.length, queue.delayedCount, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('it is idle when the last run has ended', async () => {
    queue.add('a');
    await queue.take();
    queue.shutDown();
    let idle = false;
    const waiting = queue.whenIdle().then(() => {
      idle = true;
    });
    await clock.advance(0);
    expect(idle).toBe(false);
    queue.done('a');
    await waiting;
  });
});

it('metrics see every add, start, end and retry', async () => {
  const seen: string[] = [];
  const watched = new WorkQueue({
    clock,
    random: () => 0.5,
    hooks: {
      onAdd: (key) => seen.push(`add ${key}`),
      onStart: (key, ms) => seen.push(`start ${key} after ${ms}`),
      onDone: (key, ms) => seen.push(`done ${key} after ${ms}`),
      onRetry: (key, n, ms) => seen.push(`retry ${key} ${n} in ${ms}`),
    },
  });
  watched.add('a');
  watched.add('a');
  await clock.advance(20);
  await watched.take();
  await clock.advance(30);
  expect(watched.longestRunMs).toBe(30);
  watched.retry('a');
  watched.done('a');
  expect(seen).toEqual(['add a', 'start a after 20', 'retry a 1 in 500', 'done a after 30', 'add a']);
});

it('ten thousand keys, delayed and ready, take well under a second', async () => {
  const start = performance.now();
  for (let i = 0; i < 10_000; i++) queue.add(`k${i}`, { delayMs: (i * 7919) % 10_000 });
  for (let i = 0; i < 10_000; i += 2) queue.add(`k${i}`, { delayMs: (i * 31) % 5_000, priority: i % 7 });
  await clock.advance(10_000);
  expect(queue.length).toBe(10_000);
  expect((await drain()).length).toBe(10_000);
  expect(performance.now() - start).toBeLessThan(1_000);
});

it('however adds, runs and failures interleave: no key runs beside itself, and every add is followed by a run', async () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), delayMs: fc.constantFrom(0, 0, 5, 50) });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { maxLength: 20 }),
      fc.nat(3),
      async (scheduler, steps, failEvery) => {
        const time = new FakeClock();
        const tested = new WorkQueue({ clock: time, random: () => 0.5, backoff: { baseMs: 10, maxMs: 40 } });
        const running = new Set<string>();
        // the newest add of each key, and the newest that a run began after
        const wanted = new Map<string, number>();
        const served = new Map<string, number>();
        let runs = 0;
        const work = async () => {
          for (let key = await tested.take(); key !== undefined; key = await tested.take()) {
            expect(running.has(key)).toBe(false);
            running.add(key);
            const seen = wanted.get(key) ?? 0;
            await scheduler.schedule(Promise.resolve(), `run ${key}`);
            running.delete(key);
            if (failEvery > 0 && ++runs % (failEvery + 2) === 0) tested.retry(key);
            else {
              tested.forget(key);
              served.set(key, seen);
            }
            tested.done(key);
          }
        };
        const workers = [work(), work()];
        steps.forEach(({ key, delayMs }, index) => {
          void scheduler.schedule(Promise.resolve(), `add ${key}`).then(() => {
            wanted.set(key, index + 1);
            tested.add(key, { delayMs });
          });
        });
        for (
          let i = 0;
          i < 100 && (scheduler.count() > 0 || tested.length + tested.delayedCount + running.size > 0);
          i++
        ) {
          await scheduler.waitIdle();
          await time.advance(50);
        }
        expect(Object.fromEntries(served)).toEqual(Object.fromEntries(wanted));
        tested.shutDown();
        await Promise.all(workers);
      },
    ),
    { numRuns: 150 },
  );
});

describe('THREATS 18: who hangs takes nobody else’s place', () => {
  const limits = {
    fresh: 2,
    slowAfterMs: 5_000,
    slowInLane: 2,
    laneOf: (key: string) => key.split('/')[0] ?? '',
  };
  const aQueue = () => new WorkQueue({ clock, random: () => 0.5, limits });

  /** Takes with so many idle workers; what they get. */
  function takers(from: WorkQueue, count: number): string[] {
    const got: string[] = [];
    for (let index = 0; index < count; index++)
      void from.take().then((key) => {
        if (key !== undefined) got.push(key);
      });
    return got;
  }

  it('so many run at once, however many idle workers there are', async () => {
    const limited = aQueue();
    const got = takers(limited, 5);
    for (const key of ['a/1', 'a/2', 'a/3']) limited.add(key);
    await clock.advance(0);
    expect([got, limited.length]).toEqual([['a/1', 'a/2'], 1]);
    limited.done('a/1');
    await clock.advance(0);
    expect(got).toEqual(['a/1', 'a/2', 'a/3']);
  });

  it('a run that lasts makes room after a while, by itself', async () => {
    const limited = aQueue();
    const got = takers(limited, 5);
    for (const key of ['a/1', 'a/2', 'b/1']) limited.add(key);
    await clock.advance(4_999);
    expect(got).toEqual(['a/1', 'a/2']);
    await clock.advance(1);
    expect(got).toEqual(['a/1', 'a/2', 'b/1']);
  });

  it('but not for its own namespace, until one of its runs ends', async () => {
    const limited = aQueue();
    const got = takers(limited, 9);
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'c/1']) limited.add(key);
    await clock.advance(5_000);
    expect(got).toEqual(['a/1', 'a/2', 'b/1', 'c/1']);
    expect(limited.length).toBe(2);
    limited.done('a/2');
    limited.done('b/1');
    await clock.advance(0);
    expect(got).toEqual(['a/1', 'a/2', 'b/1', 'c/1', 'a/3']);
  });

  it('a key that is kept back still waits once, and takes the higher priority', async () => {
    const limited = aQueue();
    const got = takers(limited, 9);
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4']) limited.add(key);
    await clock.advance(5_000);
    limited.add('a/4', { priority: 10 });
    expect(limited.length).toBe(2);
    limited.done('a/1');
    await clock.advance(0);
    expect(got).toEqual(['a/1', 'a/2', 'a/4', 'a/3']);
  });
});
