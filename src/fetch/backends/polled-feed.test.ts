import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../test/contract/stepped-clock.ts';
import { type FeedRound, feedRetryMs, PolledFeed } from './polled-feed.ts';
import { listenTo } from './polled-feed-fixture.ts';

const ANSWERED: FeedRound = { kind: 'answered', pauseMs: 0 };
const failed = (code: string, afterMs = 0): FeedRound => ({ kind: 'failed', code, afterMs });

function feedOf(answer: (time: number) => FeedRound | Promise<FeedRound>) {
  const clock = new SteppedClock();
  const asked: number[] = [];
  let released = 0;
  const feed = new PolledFeed({
    clock,
    random: () => 0,
    round: async () => {
      asked.push(clock.monotonic());
      return answer(asked.length);
    },
    release: () => released++,
  });
  return { clock, feed, asked, released: () => released };
}

const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - (times[index] ?? 0));
const never = () => new Promise<FeedRound>(() => undefined);

describe('a feed', () => {
  it('is not live before its first answer', async () => {
    const { feed, clock } = feedOf(never);
    const { states } = listenTo(feed);
    await clock.pass(60_000);
    expect([feed.live, states]).toEqual([false, []]);
    await feed.close();
  });

  it('is live while it is answered, and says why it is not', async () => {
    const { feed, clock } = feedOf((time) => (time === 2 || time === 3 ? failed('Denied') : ANSWERED));
    const { states } = listenTo(feed);
    await clock.pass(10_000);
    expect(states).toEqual(['live Answered', 'down Denied', 'live Answered']);
    expect(feed.live).toBe(true);
    await feed.close();
    expect(feed.live).toBe(false);
  });

  it('says why it never was, and when the reason changes', async () => {
    const { feed, clock } = feedOf((time) => failed(time < 3 ? 'ECONNREFUSED' : 'QueueMissing'));
    const { states } = listenTo(feed);
    await clock.pass(60_000);
    expect(states).toEqual(['down ECONNREFUSED', 'down QueueMissing']);
    await feed.close();
  });

  it('never spins, whatever it is answered', async () => {
    const { feed, clock, asked } = feedOf(() => ({ kind: 'answered', pauseMs: -1_000 }));
    listenTo(feed);
    await clock.pass(10_000);
    expect(Math.min(...gaps(asked))).toBe(200);
    await feed.close();
  });

  it('asks one question at a time', async () => {
    const { feed, clock, asked } = feedOf(never);
    listenTo(feed);
    await clock.pass(200_000);
    expect(asked).toHaveLength(1);
    await feed.close();
  });

  it('gives up on a question that nobody answers or refuses, and asks again', async () => {
    const { feed, clock, asked } = feedOf((time) => (time === 2 ? never() : ANSWERED));
    const { states } = listenTo(feed);
    await clock.pass(250_000);
    expect(states).toEqual(['live Answered', 'down Timeout', 'live Answered']);
    expect(gaps(asked)[1]).toBe(241_000);
    await feed.close();
  });

  it('waits for a second at least after a failure, even where chance says nothing', async () => {
    const { feed, clock, asked } = feedOf(() => failed('Denied'));
    listenTo(feed);
    await clock.pass(10_000);
    expect(gaps(asked)).toEqual(Array(10).fill(1_000));
    await feed.close();
  });

  it('waits longer after each failure, a minute at most, or as long as the provider wishes', () => {
    expect([1, 2, 3, 6, 7, 99].map((failures) => feedRetryMs(failures, 1))).toEqual([
      2_000, 3_000, 5_000, 33_000, 61_000, 61_000,
    ]);
    expect(feedRetryMs(1, 0.5, 20_000)).toBe(20_000);
    expect(feedRetryMs(1, 0.5, 86_400_000)).toBe(300_000);
  });

  it('begins with short pauses again after an answer', async () => {
    const { feed, clock, asked } = feedOf((time) =>
      time === 4 ? ANSWERED : failed('Timeout', time * 1_000),
    );
    listenTo(feed);
    await clock.pass(12_000);
    expect(gaps(asked).slice(0, 4)).toEqual([1_000, 2_000, 3_000, 200]);
    await feed.close();
  });

  it('that throws goes on, and tells the name of what it threw', async () => {
    const { feed, clock } = feedOf((time) => {
      if (time === 1) throw new RangeError('cAnary');
      return ANSWERED;
    });
    const { states } = listenTo(feed);
    await clock.pass(3_000);
    expect(states).toEqual(['down RangeError', 'live Answered']);
    await feed.close();
  });

  it('is closed at once, also when what it waits for cannot be stopped', async () => {
    const { feed, clock, released } = feedOf(never);
    const { states } = listenTo(feed);
    await clock.pass(0);
    await feed.close();
    expect([released(), states, clock.timers]).toEqual([1, [], 0]);
  });

  it('that is stopped asks no more and tells nothing', async () => {
    const { feed, clock, asked } = feedOf(() => failed('Denied'));
    const { stop, states } = listenTo(feed);
    await clock.pass(1_500);
    stop();
    await clock.pass(600_000);
    expect([asked.length, states, clock.timers]).toEqual([2, ['down Denied'], 0]);
    await feed.close();
  });

  it('that was closed before it was watched asks nothing', async () => {
    const { feed, clock, asked } = feedOf(() => ANSWERED);
    await feed.close();
    listenTo(feed);
    await clock.pass(60_000);
    expect(asked).toEqual([]);
  });
});
