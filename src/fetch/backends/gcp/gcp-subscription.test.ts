import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { FakePubsub, notification } from '../../../../test/peers/fake-pubsub.ts';
import { openSubscription, PUBSUB_TOKEN } from '../../../../test/peers/feed-subjects.ts';
import { letPass, listenTo, passUntil, until } from '../polled-feed-fixture.ts';
import { type GcpSubscription, silencePauseMs } from './gcp-subscription.ts';

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

describe('a subscription at Google', () => {
  let clock: SteppedClock;
  let fake: FakePubsub;
  let feed: GcpSubscription;
  beforeEach(async () => {
    clock = new SteppedClock();
    fake = await FakePubsub.open(clock);
    fake.tokens.add(PUBSUB_TOKEN);
    feed = openSubscription(fake, clock);
  });
  afterEach(async () => {
    await feed.close();
    await fake.close();
  });
  const pulls = () => fake.calls.filter(({ method }) => method === 'pull');

  it('hands on the key of each notification and acknowledges it', async () => {
    const { hints } = listenTo(feed);
    fake.publish(notification('a'), notification('b', 'SECRET_DELETE'));
    await passUntil(clock, () => fake.stored === 0);
    expect([hints, feed.ignored]).toEqual([['a', 'b'], 0]);
  });

  it('hands on what comes while Google lets it wait, at once', async () => {
    const { hints } = listenTo(feed);
    await passUntil(clock, () => fake.waiting === 1);
    fake.publish(notification('a'));
    await until(() => hints.length === 1);
    expect(hints).toEqual(['a']);
  });

  it('waits as long as Google lets it, one pull at a time, and only the first is answered at once', async () => {
    const { states } = listenTo(feed);
    await passUntil(clock, () => pulls().length === 3);
    expect(pulls().map(({ body }) => body)).toEqual([
      { maxMessages: 50, returnImmediately: true },
      { maxMessages: 50 },
      { maxMessages: 50 },
    ]);
    expect([feed.live, states]).toEqual([true, ['live Answered']]);
  });

  it('does not pause after a pull that waited', async () => {
    feed = openSubscription(fake, clock, { random: () => 1 });
    const began = clock.monotonic();
    listenTo(feed);
    await passUntil(clock, () => pulls().length === 3);
    // 1.5 s after the first, which was answered at once, and 90 s that Google let the second wait
    expect(clock.monotonic() - began).toBeLessThan(92_500);
  });

  it('is live with the first answer', async () => {
    const began = clock.monotonic();
    listenTo(feed);
    expect(feed.live).toBe(false);
    await until(() => feed.live);
    expect(clock.monotonic() - began).toBe(0);
  });

  it('pulls at least a second apart where it is answered at once, later every few', async () => {
    fake.holdMs = 0;
    const began = clock.monotonic();
    listenTo(feed);
    await passUntil(clock, () => pulls().length === 11);
    const seconds = (clock.monotonic() - began) / 1_000;
    // at this chance after 1.25, 1.5, 2 and then every 3 seconds
    expect(seconds).toBeGreaterThanOrEqual(25.7);
    expect(seconds).toBeLessThan(40);
  });

  it('never pauses for less than a second or more than five', () => {
    expect([1, 2, 3, 4, 99].map((silent) => silencePauseMs(silent, 0))).toEqual(Array(5).fill(1_000));
    expect([1, 2, 3, 4, 99].map((silent) => silencePauseMs(silent, 1))).toEqual([
      1_500, 2_000, 3_000, 5_000, 5_000,
    ]);
  });

  it('acknowledges after the hint was handed on', async () => {
    const acknowledged: number[] = [];
    listenTo(feed, () => acknowledged.push(fake.count('acknowledge')));
    fake.publish(notification('a'));
    await passUntil(clock, () => fake.stored === 0);
    expect(acknowledged).toEqual([0]);
  });

  it('that delivers the same message twice makes two hints at most', async () => {
    fake.trouble.set('acknowledge', { kind: 'status', status: 503, word: 'UNAVAILABLE' });
    const { hints, states } = listenTo(feed);
    fake.publish(notification('a'), notification('a'), notification('a'));
    await until(() => states.length > 0);
    expect(states).toEqual(['down PubSub503']);
    fake.trouble.clear();
    fake.repeat();
    await passUntil(clock, () => fake.stored === 0);
    await letPass(clock, 10_000);
    expect(hints).toEqual(['a', 'a']);
  });

  it('that delivers in another order makes the same hints', async () => {
    const { hints } = listenTo(feed);
    fake.publish(notification('b'), notification('a'));
    await passUntil(clock, () => fake.stored === 0);
    expect([...hints].sort()).toEqual(['a', 'b']);
  });

  it('gets a message again whose answer was lost on the way', async () => {
    const { hints, states } = listenTo(feed);
    fake.trouble.set('pull', { kind: 'truncated' });
    fake.publish(notification('a'));
    await until(() => states.length > 0);
    expect([hints, fake.stored, states]).toEqual([[], 1, ['down ECONNRESET']]);
    fake.trouble.clear();
    await passUntil(clock, () => fake.stored === 0 && feed.live);
    expect(hints).toEqual(['a']);
  });

  it('THREATS 18: acknowledges and counts what is no notification of a secret', async () => {
    const { hints } = listenTo(feed);
    fake.publish({}, 'cAnary', null, notification('a', 'TOPIC_CONFIGURED'), notification('a b'), {
      data: 'x'.repeat(1_000_000),
    });
    await passUntil(clock, () => fake.stored === 0 && feed.live);
    expect([hints, feed.ignored]).toEqual([[], 6]);
  });

  it('THREATS 18: takes messages one by one where all are more than an answer may have', async () => {
    const { states, hints } = listenTo(feed);
    const large = { data: 'x'.repeat(2_000_000) };
    fake.publish(large, large, large, large, large, notification('a'));
    await passUntil(clock, () => fake.stored === 0 && feed.live);
    expect([feed.ignored, hints]).toEqual([5, ['a']]);
    expect(states).toEqual(['down AnswerTooLarge', 'live Answered']);
  });

  it('THREATS 18: goes on beside a message that is too long for any answer', async () => {
    const { hints, states } = listenTo(feed);
    fake.publish({ data: 'x'.repeat(10_000_000) });
    await until(() => states.length > 0);
    fake.publish(notification('a'), notification('b'));
    await passUntil(clock, () => fake.stored === 1);
    expect(hints).toEqual(['a', 'b']);
    expect(new Set(states)).toEqual(new Set(['down AnswerTooLarge', 'live Answered']));
  });

  it('THREATS 18: makes a flood of two thousand messages some ten hints a second', {
    timeout: 60_000,
  }, async () => {
    const { hints } = listenTo(feed);
    const began = clock.monotonic();
    fake.publish(...names(2_000).map((name) => notification(name)));
    await passUntil(clock, () => fake.stored === 0);
    const seconds = (clock.monotonic() - began) / 1_000;
    // 40 rounds of 50 messages, a second apart
    expect(seconds).toBeGreaterThanOrEqual(39);
    expect(hints.filter((key) => key !== '*').length).toBeLessThanOrEqual(10 * (seconds + 1));
    expect(hints.filter((key) => key === '*').length).toBeLessThanOrEqual(1 + seconds / 30);
    await clock.pass(30_000);
    expect(hints.at(-1)).toBe('*');
  });
});
