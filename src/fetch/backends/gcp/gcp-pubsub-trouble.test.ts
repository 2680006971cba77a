import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { FakePubsub, notification, PUBSUB_TEXT } from '../../../../test/peers/fake-pubsub.ts';
import { openSubscription, PUBSUB_TOKEN } from '../../../../test/peers/feed-subjects.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { letPass, listenTo, passUntil, until } from '../polled-feed-fixture.ts';
import type { GcpSubscription } from './gcp-subscription.ts';

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

  it.each([
    ['denied', { kind: 'status', status: 403, word: 'PERMISSION_DENIED' }, 'Denied'],
    ['throttled', { kind: 'status', status: 429, word: 'RESOURCE_EXHAUSTED', retryAfter: '3' }, 'Throttled'],
    ['answered 500', { kind: 'status', status: 500, word: 'INTERNAL' }, 'PubSub500'],
    ['answered by somebody else', { kind: 'status', status: 404 }, 'PubSub404'],
    ['redirected', { kind: 'status', status: 302 }, 'PubSub302'],
    ['hung up on', { kind: 'hangUp' }, 'ECONNRESET'],
    ['answered in no JSON', { kind: 'text', text: '{"receivedMessages":[{"ackId":"x' }, 'BadAnswer'],
    ['answered in other JSON', { kind: 'text', text: '{"receivedMessages":7}' }, 'BadAnswer'],
    ['answered a list', { kind: 'text', text: '7' }, 'BadAnswer'],
  ] as const)('that is %s is not live until it is answered', async (_what, trouble, code) => {
    fake.holdMs = 0;
    const { states } = listenTo(feed);
    await until(() => feed.live);
    fake.trouble.set('*', trouble);
    await passUntil(clock, () => !feed.live);
    await letPass(clock, 8_000);
    expect(states).toEqual(['live Answered', `down ${code}`]);
    fake.trouble.clear();
    await passUntil(clock, () => feed.live);
    expect(states.at(-1)).toBe('live Answered');
  });

  it('that is not there yet is live once it is', async () => {
    fake.exists = false;
    const { states, hints } = listenTo(feed);
    await until(() => states.length > 0);
    fake.exists = true;
    fake.publish(notification('a'));
    await passUntil(clock, () => feed.live);
    expect([states, hints]).toEqual([['down SubscriptionMissing', 'live Answered'], ['a']]);
  });

  it('waits as long as Google wishes when it is throttled', async () => {
    fake.trouble.set('*', { kind: 'status', status: 429, retryAfter: '30' });
    listenTo(feed);
    await letPass(clock, 29_000);
    expect(pulls()).toHaveLength(1);
    await letPass(clock, 4_000);
    expect(pulls()).toHaveLength(2);
  });

  it('asks for a fresh token once when its own is refused, and stays live with it', async () => {
    const asked: boolean[] = [];
    feed = openSubscription(fake, clock, {
      token: async ({ fresh }) => {
        asked.push(fresh);
        return SecretValue.fromText(fresh ? PUBSUB_TOKEN : 'stale');
      },
    });
    const { states } = listenTo(feed);
    await until(() => feed.live);
    expect([states, asked]).toEqual([['live Answered'], [false, true]]);
  });

  it('whose fresh token is refused as well waits before it asks again', async () => {
    fake.tokens.clear();
    const { states } = listenTo(feed);
    await until(() => states.length > 0);
    expect([states, pulls().length]).toEqual([['down Unauthenticated'], 2]);
  });

  it.each([
    [
      new LoginFailed({ kind: 'identityUnavailable', code: 'ServiceAccountNotFound' }),
      'ServiceAccountNotFound',
    ],
    [new LoginFailed({ kind: 'unavailable', code: 'Sts503' }), 'Sts503'],
    [new LoginFailed({ kind: 'throttled', afterMs: 5_000 }), 'Throttled'],
    [new Error('cAnary'), 'TokenFailed'],
  ])('without a token says what failed there', async (error, code) => {
    feed = openSubscription(fake, clock, { token: () => Promise.reject(error) });
    const { states } = listenTo(feed);
    await until(() => states.length > 0);
    expect([states, fake.calls]).toEqual([[`down ${code}`], []]);
  });

  it('gives up after a hundred seconds on a connection that died', async () => {
    fake.holdMs = 1_000_000;
    const { states } = listenTo(feed);
    await passUntil(clock, () => fake.waiting === 1);
    const began = clock.monotonic();
    await passUntil(clock, () => states.length > 1);
    expect([states[1], Math.round((clock.monotonic() - began) / 10_000)]).toEqual(['down Timeout', 10]);
  });

  it('ends its pull at once when it is closed, and leaves no socket', async () => {
    listenTo(feed);
    await passUntil(clock, () => fake.waiting === 1);
    const began = performance.now();
    await feed.close();
    expect(performance.now() - began).toBeLessThan(1_000);
    await vi.waitFor(async () => expect(await fake.connections()).toBe(0));
    expect([feed.live, Object.keys(fake.agent.sockets)]).toEqual([false, []]);
  });

  it('is closed at once while its token is being exchanged', async () => {
    feed = openSubscription(fake, clock, { token: () => new Promise<never>(() => undefined) });
    listenTo(feed);
    await feed.close();
    expect(fake.calls).toEqual([]);
  });

  it('hands nothing on after it was stopped', async () => {
    const { stop, hints } = listenTo(feed);
    await passUntil(clock, () => fake.waiting === 1);
    stop();
    fake.publish(notification('a'));
    await letPass(clock, 5_000);
    expect([hints, fake.stored]).toEqual([[], 1]);
  });

  it.each([
    { project: 'acme-prod/subscriptions/x:pull?' },
    { project: '..' },
    { subscription: '../topics/x' },
    { subscription: 'a:acknowledge' },
    { subscription: 'googly' },
    { subscription: 'a b c' },
    { subscription: 'abc\n' },
  ])('THREATS 4: %j is no subscription', (change) => {
    expect(() => openSubscription(fake, clock, change)).toThrow(TypeError);
  });

  it('names a subscription as a path does, whatever characters it has', async () => {
    feed = openSubscription(fake, clock, { subscription: 'a%2F..+~b' });
    listenTo(feed);
    await until(() => fake.paths.length > 0);
    expect(fake.paths[0]).toBe('/v1/projects/acme-prod/subscriptions/a%252F..%2B~b:pull');
  });

  it('THREATS 16: shows no token and no text of Google', async () => {
    const { states } = listenTo(feed);
    for (const word of [PUBSUB_TEXT, 'constructor', '__proto__']) {
      fake.trouble.set('*', { kind: 'status', status: 418, word });
      await passUntil(clock, () => states.includes('down PubSub418'));
      fake.trouble.clear();
    }
    expect(JSON.stringify(states)).not.toMatch(/text-of|cAnary|function/);
  });
});
