import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { staticKeys } from '../../../../test/peers/aws-subject.ts';
import { labelUpdated } from '../../../../test/peers/fake-aws-events.ts';
import { FakeSqs } from '../../../../test/peers/fake-sqs.ts';
import { openQueue } from '../../../../test/peers/feed-subjects.ts';
import { letPass, listenTo, passUntil, until } from '../polled-feed-fixture.ts';
import type { AwsEventQueue } from './aws-event-queue.ts';

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
  });
  const receives = () => fake.calls.filter(({ operation }) => operation === 'ReceiveMessage');

  it.each([
    ['denied', { kind: 'error', name: 'AccessDeniedException' }, 'Denied'],
    ['without a key for the queue', { kind: 'error', name: 'KmsAccessDenied' }, 'KmsAccessDenied'],
    ['throttled', { kind: 'error', name: 'RequestThrottled', status: 403 }, 'Throttled'],
    ['answered 500', { kind: 'error', name: 'InternalError', status: 500 }, 'InternalError'],
    ['hung up on', { kind: 'hangUp' }, 'Timeout'],
    ['answered by somebody else', { kind: 'page', status: 404 }, expect.stringMatching(/^\w+$/)],
    ['told that there is no such queue', { kind: 'error', name: 'QueueDoesNotExist' }, 'QueueMissing'],
  ] as const)('that is %s is not live until it is answered', async (_what, trouble, code) => {
    const { states } = listenTo(queue);
    await until(() => queue.live);
    fake.trouble.set('*', trouble);
    await passUntil(clock, () => !queue.live);
    await letPass(clock, 8_000);
    expect(states).toEqual(['live Answered', expect.stringMatching(/^down /)]);
    expect(states[1]?.slice(5)).toEqual(code);
    fake.trouble.clear();
    await passUntil(clock, () => queue.live);
    expect(states.at(-1)).toBe('live Answered');
  });

  it('that is not there yet is live once it is', async () => {
    fake.exists = false;
    const { states, hints } = listenTo(queue);
    await passUntil(clock, () => states.length > 0);
    fake.exists = true;
    fake.send(labelUpdated('a'));
    await passUntil(clock, () => queue.live);
    expect([states, hints]).toEqual([['down QueueMissing', 'live Answered'], ['a']]);
  });

  it('asks less and less often while it fails', async () => {
    fake.exists = false;
    listenTo(queue);
    await letPass(clock, 60_000);
    // at this chance after 1.5, 2, 3, 5, 9, 17 and 31 seconds
    expect(receives().length).toBe(7);
  });

  it('asks at most once a second where nobody lets it wait', async () => {
    listenTo(queue);
    await until(() => queue.live);
    fake.trouble.set('*', { kind: 'hasty' });
    const [before, began] = [receives().length, clock.monotonic()];
    await passUntil(clock, () => receives().length >= before + 10);
    expect(clock.monotonic() - began).toBeGreaterThanOrEqual(9_000);
  });

  it('asks for fresh keys once when its own are refused, and stays live with them', async () => {
    const asked: boolean[] = [];
    queue = openQueue(fake, clock, {
      credentials: async ({ fresh }) => {
        if (fresh || !asked.includes(fresh)) asked.push(fresh);
        if (fresh) fake.trouble.clear();
        return staticKeys({ fresh });
      },
    });
    fake.trouble.set('*', { kind: 'error', name: 'ExpiredTokenException', status: 403 });
    const { states } = listenTo(queue);
    await passUntil(clock, () => queue.live);
    expect([states, asked]).toEqual([['live Answered'], [false, true]]);
  });

  it.each([
    ['UnrecognizedClientException', 'CredentialUnknown'],
    ['ExpiredToken', 'CredentialExpired'],
    ['InvalidSignatureException', 'SignatureInvalid'],
  ])('whose fresh keys are refused as well (%s) waits before it asks again', async (name, code) => {
    fake.trouble.set('*', { kind: 'error', name, status: 403 });
    const { states } = listenTo(queue);
    await until(() => states.length > 0);
    expect([states, receives().length]).toEqual([[`down ${code}`], 2]);
  });

  it('signs for the queue service', async () => {
    fake.keys.clear();
    const { states } = listenTo(queue);
    await until(() => states.length > 0);
    expect(states).toEqual(['down CredentialUnknown']);
  });

  it('ends its long poll at once when it is closed, and leaves no socket', async () => {
    listenTo(queue);
    await passUntil(clock, () => fake.waiting === 1);
    const began = performance.now();
    await queue.close();
    expect(performance.now() - began).toBeLessThan(1_000);
    await vi.waitFor(async () => expect(await fake.connections()).toBe(0));
    expect(queue.live).toBe(false);
  });

  it('hands nothing on after it was stopped', async () => {
    const { stop, hints } = listenTo(queue);
    await passUntil(clock, () => fake.waiting === 1);
    stop();
    fake.send(labelUpdated('a'));
    await clock.pass(60_000);
    expect([hints, fake.stored]).toEqual([[], 1]);
  });

  it('gives up after thirty seconds on a connection that died', async () => {
    const { states } = listenTo(queue);
    await passUntil(clock, () => fake.waiting === 1);
    fake.trouble.set('*', { kind: 'silent' });
    await passUntil(clock, () => states.length > 1);
    const began = clock.monotonic();
    expect(states).toEqual(['live Answered', 'down Timeout']);
    fake.trouble.clear();
    await passUntil(clock, () => queue.live);
    expect(clock.monotonic() - began).toBeLessThan(3_000);
  });

  it('that it may read but not empty is not live, and repeats no hint more than it must', async () => {
    const { states, hints } = listenTo(queue);
    fake.trouble.set('DeleteMessageBatch', { kind: 'error', name: 'AccessDenied', status: 403 });
    fake.send(labelUpdated('a'));
    await letPass(clock, 100_000);
    expect(states[0]).toBe('down Denied');
    // out of sight for 30 s each time
    expect(hints.length).toBeLessThanOrEqual(4);
    expect(hints.length).toBeGreaterThan(1);
  });
});
