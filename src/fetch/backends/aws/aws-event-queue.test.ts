import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { apiCall, arnOf, labelUpdated } from '../../../../test/peers/fake-aws-events.ts';
import { FakeSqs } from '../../../../test/peers/fake-sqs.ts';
import { openQueue } from '../../../../test/peers/feed-subjects.ts';
import { letPass, listenTo, passUntil, until } from '../polled-feed-fixture.ts';
import type { AwsEventQueue } from './aws-event-queue.ts';

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

describe('a queue of events at AWS', () => {
  let clock: SteppedClock;
  let fake: FakeSqs;
  let queue: AwsEventQueue;
  beforeEach(async () => {
    clock = new SteppedClock();
    fake = await FakeSqs.open(clock);
    queue = openQueue(fake, clock);
  });
  afterEach(async () => {
    await queue.close();
    await fake.close();
    vi.unstubAllEnvs();
  });
  const receives = () => fake.calls.filter(({ operation }) => operation === 'ReceiveMessage');

  it('hands on the key of each event and deletes the message', async () => {
    const { hints } = listenTo(queue);
    fake.send(
      labelUpdated('a'),
      apiCall('PutSecretValue', { requestParameters: { secretId: arnOf('b/c') } }),
    );
    await passUntil(clock, () => fake.stored === 0);
    expect(hints.slice(0, 2)).toEqual(['a', 'b/c']);
    expect(queue.ignored).toBe(0);
  });

  it('hands on what comes while it waits, at once', async () => {
    const { hints } = listenTo(queue);
    await passUntil(clock, () => fake.waiting === 1);
    fake.send(labelUpdated('a'));
    await until(() => hints.length === 1);
    expect(hints).toEqual(['a']);
  });

  it('waits twenty seconds for ten messages, one request at a time', async () => {
    const { states } = listenTo(queue);
    await passUntil(clock, () => receives().length === 4);
    expect(receives().map(({ input }) => [input.WaitTimeSeconds, input.MaxNumberOfMessages])).toEqual([
      [0, 10],
      [20, 10],
      [20, 10],
      [20, 10],
    ]);
    expect([queue.live, states, fake.waiting]).toEqual([true, ['live Answered'], 1]);
  });

  it('is live with the first answer, not when the first wait is over', async () => {
    const began = clock.monotonic();
    listenTo(queue);
    expect(queue.live).toBe(false);
    await until(() => queue.live);
    expect(clock.monotonic() - began).toBe(0);
  });

  it('deletes a message after its hint was handed on', async () => {
    const deletedBefore: number[] = [];
    listenTo(queue, () => deletedBefore.push(fake.count('DeleteMessageBatch')));
    fake.send(labelUpdated('a'));
    await passUntil(clock, () => fake.stored === 0);
    expect(deletedBefore).toEqual([0]);
  });

  it('keeps a message whose hint could not be handed on', async () => {
    let fails = true;
    const { states, hints } = listenTo(queue, () => {
      if (fails) throw new RangeError('cAnary');
    });
    fake.send(labelUpdated('a'));
    await passUntil(clock, () => states.length > 0);
    expect([states, fake.stored, fake.count('DeleteMessageBatch')]).toEqual([['down RangeError'], 1, 0]);
    fails = false;
    await passUntil(clock, () => fake.stored === 0);
    expect(hints).toEqual(['a']);
  });

  it('that answers the same message twice makes two hints at most', async () => {
    const { hints } = listenTo(queue);
    fake.trouble.set('DeleteMessageBatch', { kind: 'error', name: 'InternalError', status: 500 });
    fake.send(labelUpdated('a'), labelUpdated('a'), labelUpdated('a'));
    await until(() => hints.length === 1);
    fake.trouble.clear();
    fake.repeat();
    await passUntil(clock, () => fake.stored === 0);
    await letPass(clock, 10_000);
    expect(hints).toEqual(['a', 'a']);
  });

  it('that answers messages in another order makes the same hints', async () => {
    const { hints } = listenTo(queue);
    fake.send(labelUpdated('b', { time: '2026-11-22T10:00:01Z' }), labelUpdated('a'));
    await passUntil(clock, () => fake.stored === 0);
    expect(hints.slice(0, 2).sort()).toEqual(['a', 'b']);
  });

  it('gets a message again whose answer was lost on the way', async () => {
    const { hints, states } = listenTo(queue);
    fake.trouble.set('ReceiveMessage', { kind: 'truncated' });
    fake.send(labelUpdated('a'));
    await passUntil(clock, () => states.length > 0);
    expect([hints, fake.stored, queue.live]).toEqual([[], 1, false]);
    fake.trouble.clear();
    await passUntil(clock, () => fake.stored === 0);
    expect([hints, queue.live]).toEqual([['a'], true]);
  });

  it('THREATS 18: deletes and counts what is no event of a secret, and says nothing of it', async () => {
    const written = vi.spyOn(console, 'log');
    const { hints } = listenTo(queue);
    fake.send(
      'cAnary',
      '{"source":"aws.secretsmanager"',
      labelUpdated('a', { source: 'evil' }),
      labelUpdated('a', { region: 'us-east-1' }),
      'x'.repeat(300_000),
      '['.repeat(200_000),
    );
    await passUntil(clock, () => fake.stored === 0 && queue.live);
    expect([hints, queue.ignored]).toEqual([[], 6]);
    expect(written).not.toHaveBeenCalled();
  });

  it('takes a message whose sum is wrong: it is no more than a hint either way', async () => {
    fake.corrupting = true;
    const { hints } = listenTo(queue);
    fake.send(labelUpdated('a'));
    await passUntil(clock, () => fake.stored === 0 && queue.live);
    expect(hints).toEqual(['a']);
  });

  it('THREATS 18: takes messages one by one where ten of them are more than an answer may have', async () => {
    const { states, hints } = listenTo(queue);
    fake.send(...Array.from({ length: 10 }, () => '"'.repeat(1_048_576)), labelUpdated('a'));
    await passUntil(clock, () => fake.stored === 0 && queue.live);
    expect([queue.ignored, hints]).toEqual([10, ['a']]);
    expect(states).toEqual(['down AnswerTooLarge', 'live Answered']);
    await passUntil(clock, () => receives().at(-1)?.input.MaxNumberOfMessages === 10);
  });

  it('THREATS 18: survives a message that no queue of AWS could hold', async () => {
    const { states } = listenTo(queue);
    fake.send('x'.repeat(10_000_000));
    await passUntil(clock, () => states.length > 0);
    expect(states).toEqual(['down AnswerTooLarge']);
    fake.purge();
    await passUntil(clock, () => queue.live);
  });

  it('THREATS 18: makes a flood of two thousand messages some ten hints a second', {
    timeout: 60_000,
  }, async () => {
    const { hints } = listenTo(queue);
    const began = clock.monotonic();
    fake.send(...names(2_000).map((name) => labelUpdated(name)));
    await passUntil(clock, () => fake.stored === 0);
    const seconds = (clock.monotonic() - began) / 1_000;
    // 200 rounds of 10 messages, each 200 ms at least
    expect(seconds).toBeGreaterThanOrEqual(39);
    expect(hints.filter((key) => key !== '*').length).toBeLessThanOrEqual(10 * (seconds + 1));
    expect(hints.filter((key) => key === '*').length).toBeLessThanOrEqual(1 + seconds / 30);
    await clock.pass(30_000);
    expect(hints.at(-1)).toBe('*');
  });
});
