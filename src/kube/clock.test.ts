import { describe, expect, it } from 'vitest';
import { deadline, sleep, systemClock } from './clock.ts';
import { FakeClock } from './testing/fake-clock.ts';

describe('sleep', () => {
  it('ends in time, with the signal, or at once when the signal was aborted before', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const ended: string[] = [];
    void sleep(clock, 100).then(() => ended.push('time'));
    void sleep(clock, 1_000, controller.signal).then(() => ended.push('signal'));
    await clock.advance(100);
    controller.abort();
    await clock.advance(0);
    await sleep(clock, 1_000, controller.signal);
    expect([ended, clock.pendingTimers]).toEqual([['time', 'signal'], 0]);
  });
});

describe('a deadline', () => {
  it('aborts in time and says that it was the time', async () => {
    const clock = new FakeClock();
    const limit = deadline(clock, 100);
    await clock.advance(100);
    expect([limit.signal.aborted, limit.expired]).toEqual([true, true]);
  });

  it.each([true, false])(
    'aborts with its parent and says that it was not the time (aborted before: %s)',
    async (before) => {
      const clock = new FakeClock();
      const parent = new AbortController();
      if (before) parent.abort();
      const limit = deadline(clock, 100, parent.signal);
      parent.abort();
      await clock.advance(200);
      expect([limit.signal.aborted, limit.expired]).toEqual([true, false]);
    },
  );

  it('leaves nothing behind when it is disposed', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const limit = deadline(clock, 100, parent.signal);
    limit[Symbol.dispose]();
    parent.abort();
    expect([limit.signal.aborted, clock.pendingTimers]).toEqual([false, 0]);
  });
});

it('the clock of the machine fires, cancels, and takes longer waits than its timers can', async () => {
  const fired: string[] = [];
  systemClock.after(1e12, () => fired.push('far'))();
  const cancel = systemClock.after(1e12, () => fired.push('far'));
  systemClock.after(1, () => fired.push('cancelled'))();
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  cancel();
  expect(fired).toEqual([]);
  expect(systemClock.monotonic()).toBeGreaterThan(0);
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
});
