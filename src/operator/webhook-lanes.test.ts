/** How many automations are worked on at once: a receiver that hangs is the trouble of its own namespace (FAULTS 51, 54). */
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { WorkQueue } from '../watch/work-queue.ts';
import { WEBHOOK_RUNS } from './operator.ts';

describe('runs of automations', () => {
  let clock: FakeClock;
  let queue: WorkQueue;
  let running: string[];
  beforeEach(() => {
    clock = new FakeClock();
    running = [];
    const laneOf = (key: string) => key.slice(0, key.indexOf('/'));
    queue = new WorkQueue({ clock, random: () => 0.5, limits: { ...WEBHOOK_RUNS, laneOf } });
    for (let worker = 0; worker < 64; worker++)
      void queue.take().then((key) => key !== undefined && running.push(key));
  });

  const add = (namespace: string, count: number) => {
    for (let number = 0; number < count; number++) queue.add(`${namespace}/${number}`);
  };
  const ofLane = (namespace: string) => running.filter((key) => key.startsWith(`${namespace}/`)).length;

  it('a namespace has four at once, from the first moment, and the next one when one ends', async () => {
    add('loud', 30);
    await clock.advance(60_000);
    expect(ofLane('loud')).toBe(4);
    queue.done(running[0] ?? '');
    await clock.advance(0);
    expect(ofLane('loud')).toBe(5);
  });

  it('a namespace whose receivers hang takes nobody else’s place', async () => {
    add('loud', 30);
    await clock.advance(0);
    add('quiet', 1);
    await clock.advance(0);
    expect(ofLane('quiet')).toBe(1);
  });

  it('sixteen namespaces that hang leave no worker idle, and wake none for nothing', async () => {
    for (let namespace = 0; namespace < 16; namespace++) add(`loud${namespace}`, 10);
    await clock.advance(0);
    expect(running).toHaveLength(64);
    expect(queue.length).toBe(96);
  });
});
