import { beforeEach, describe, expect, it } from 'vitest';
import { KubeError } from '../kube/kube-error.ts';
import { FakeClock, turn } from '../kube/testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';
import { type Reconcile, WorkerPool } from './worker-pool.ts';

let clock: FakeClock;
let queue: WorkQueue;
let errors: [string, unknown][];

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: () => 0.5 });
  errors = [];
});

function pool(reconcile: Reconcile, workers = 2): WorkerPool {
  const started = new WorkerPool({
    queue,
    reconcile,
    workers,
    deadlineMs: 30_000,
    clock,
    onError: (key, error) => errors.push([key, error]),
  });
  started.start();
  return started;
}

/** A run that ends when the test says so, or, like a request, when its signal aborts. */
function runs() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const reconcile: Reconcile = (key, { signal }) => {
    started.push(key);
    return new Promise((resolve, reject) => {
      ends.set(key, () => resolve({ kind: 'done' }));
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };
  return { started, ends, reconcile };
}

it('as many keys run at once as there are workers', async () => {
  const { started, ends, reconcile } = runs();
  pool(reconcile);
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await turn();
  expect(started).toEqual(['a', 'b']);
  ends.get('b')?.();
  await turn();
  expect(started).toEqual(['a', 'b', 'c']);
});

describe('a run that', () => {
  it('asks to come back, comes back in time', async () => {
    let count = 0;
    pool(async () => (count++ === 0 ? { kind: 'requeueAfter', ms: 5_000 } : { kind: 'done' }));
    queue.add('a');
    await clock.advance(4_999);
    expect(count).toBe(1);
    await clock.advance(1);
    expect(count).toBe(2);
  });

  it('throws is reported and retried, and costs no worker', async () => {
    let count = 0;
    pool(async () => {
      if (count++ === 0) throw new Error('first');
      return { kind: 'done' };
    }, 1);
    queue.add('a');
    await clock.advance(500);
    expect(errors).toEqual([['a', new Error('first')]]);
    expect(count).toBe(2);
  });

  it('throws before its first await is retried too', async () => {
    let count = 0;
    pool(() => {
      count++;
      throw new Error('at once');
    }, 1);
    queue.add('a');
    await clock.advance(2_000);
    expect(count).toBeGreaterThan(1);
  });

  it('was throttled waits for as long as the server asks', async () => {
    let count = 0;
    const call = { verb: 'get', resource: 'things', target: '', sensitive: false };
    pool(async () => {
      count++;
      throw new KubeError({ kind: 'throttled', call, retryAfterMs: 60_000 });
    });
    queue.add('a');
    await clock.advance(59_000);
    expect(count).toBe(1);
    await clock.advance(1_000);
    expect(count).toBe(2);
  });

  it('takes too long is aborted at its deadline', async () => {
    const { reconcile } = runs();
    pool(reconcile);
    queue.add('a');
    await clock.advance(30_000);
    expect(errors).toHaveLength(1);
  });

  it('works, forgets its failures', async () => {
    const outcomes = [false, false, true, false];
    const delays: number[] = [];
    queue = new WorkQueue({
      clock,
      random: () => 0.5,
      hooks: { onRetry: (_key, failures) => delays.push(failures) },
    });
    pool(async () => {
      if (!outcomes.shift()) throw new Error('no');
      return { kind: 'requeueAfter', ms: 0 };
    });
    queue.add('a');
    await clock.advance(3_000);
    expect(delays.slice(0, 3)).toEqual([1, 2, 1]);
  });
});

describe('stopping', () => {
  it('waits for runs to end and starts no more', async () => {
    const { started, ends, reconcile } = runs();
    const stopping = pool(reconcile, 1);
    queue.add('a');
    queue.add('b');
    await turn();
    const drained = stopping.stop(25_000);
    await clock.advance(10_000);
    ends.get('a')?.();
    expect(await drained).toBe(true);
    expect([started, errors, clock.pendingTimers]).toEqual([['a'], [], 0]);
  });

  it('aborts what has not ended in time', async () => {
    const stopping = pool(runs().reconcile);
    queue.add('a');
    await turn();
    const drained = stopping.stop(25_000);
    await clock.advance(25_000);
    expect(await drained).toBe(true);
    expect(errors).toHaveLength(1);
  });

  it('says so when a run ignores its signal', async () => {
    const stopping = pool(() => new Promise(() => undefined));
    queue.add('a');
    await turn();
    const drained = stopping.abort();
    await clock.advance(2_000);
    expect(await drained).toBe(false);
  });
});
