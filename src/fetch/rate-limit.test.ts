import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import { RateLimit } from './rate-limit.ts';

describe('a rate limit', () => {
  it("lets a second's worth of calls start at once, then one each interval", async () => {
    const clock = new SteppedClock();
    const limit = new RateLimit(clock, 10);
    for (let call = 0; call < 10; call++) {
      expect(limit.waitMs()).toBe(0);
      limit.take();
    }
    expect(limit.waitMs()).toBe(100);
    await clock.pass(100);
    expect(limit.waitMs()).toBe(0);
  });

  it('of several pauses keeps the longest', async () => {
    const clock = new SteppedClock();
    const limit = new RateLimit(clock, 10);
    limit.pause(20_000);
    limit.pause(3_000);
    await clock.pass(5_000);
    expect([limit.waitMs(), limit.pausedMs()]).toEqual([15_000, 15_000]);
  });

  it('lets calls start that are rarer than one a second', async () => {
    const clock = new SteppedClock();
    const limit = new RateLimit(clock, 0.1);
    expect(limit.waitMs()).toBe(0);
    limit.take();
    expect(limit.waitMs()).toBe(10_000);
  });
});
