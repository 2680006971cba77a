import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import type { VersionAnswer } from './port.ts';
import { TrackedAnswers } from './tracked-answers.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const asker = { tenant: 't', signal: new AbortController().signal };

function tracking(latencyMs = 0) {
  const clock = new SteppedClock();
  const provider = {
    answer: { kind: 'found', version: 'v1' } as VersionAnswer,
    asked: 0,
    lastsMs: 5 * MINUTE,
  };
  const changes: string[] = [];
  const tracked = new TrackedAnswers<string, VersionAnswer>({
    clock,
    random: () => 0.5,
    lasts: () => provider.lastsMs,
    keyOf: (key) => key,
    ask: async () => {
      provider.asked++;
      const { answer } = provider;
      await new Promise<void>((resolve) => clock.after(latencyMs, resolve));
      return answer;
    },
    digest: (answer) =>
      answer.kind === 'found' ? answer.version : answer.kind === 'unavailable' ? undefined : answer.kind,
    good: ({ kind }) => kind === 'found',
    onChange: (key) => changes.push(key),
    onLookup: () => undefined,
  });
  const get = async (passMs = latencyMs) => {
    const answer = tracked.get('a', asker);
    await clock.pass(passMs);
    return answer;
  };
  return { clock, provider, changes, tracked, get };
}

describe('what is known', () => {
  it('counts for its interval', async () => {
    const { clock, provider, get } = tracking();
    await get();
    await clock.pass(4 * MINUTE);
    expect(await get()).toEqual({ kind: 'found', version: 'v1' });
    expect(provider.asked).toBe(1);
  });

  it('is asked again by itself after its interval, and only a difference is reported', async () => {
    const { clock, provider, changes, get } = tracking();
    await get();
    await clock.pass(11 * MINUTE);
    expect([provider.asked, changes]).toEqual([3, []]);
    provider.answer = { kind: 'found', version: 'v2' };
    await clock.pass(5 * MINUTE);
    expect(changes).toEqual(['a']);
    expect(await get()).toEqual({ kind: 'found', version: 'v2' });
    expect(provider.asked).toBe(4);
  });

  it('is reported to the others when one of them found something new', async () => {
    const { clock, provider, changes, tracked, get } = tracking();
    await get();
    tracked.outdate(() => true);
    provider.answer = { kind: 'absent' };
    await get();
    await clock.pass(0);
    expect(changes).toEqual(['a']);
  });

  it('that a key is missing counts for ten seconds only', async () => {
    const { clock, provider, get } = tracking();
    provider.answer = { kind: 'absent' };
    await get();
    await clock.pass(9_000);
    await get();
    expect(provider.asked).toBe(1);
    await clock.pass(2_000);
    await get();
    expect(provider.asked).toBe(2);
  });

  it('that a provider is down says nothing and is not kept', async () => {
    const { clock, provider, changes, get } = tracking();
    await get();
    provider.answer = { kind: 'unavailable', code: 'E' };
    await clock.pass(6 * MINUTE);
    expect(changes).toEqual([]);
    provider.answer = { kind: 'found', version: 'v1' };
    await clock.pass(6 * MINUTE);
    expect(changes).toEqual([]);
  });

  it('an answer from before a change does not count after it', async () => {
    const { clock, provider, tracked, get } = tracking(1_000);
    void tracked.get('a', asker);
    await clock.pass(500);
    tracked.outdate((key) => key === 'a');
    provider.answer = { kind: 'found', version: 'v2' };
    await clock.pass(500);
    expect(await get()).toEqual({ kind: 'found', version: 'v2' });
  });

  it('that was outdated while it was asked for is asked again by itself', async () => {
    const { clock, provider, changes, tracked } = tracking(1_000);
    void tracked.get('a', asker);
    await clock.pass(500);
    tracked.outdate((key) => key === 'a');
    provider.answer = { kind: 'found', version: 'v2' };
    await clock.pass(3_000);
    expect(changes).toEqual(['a']);
  });

  it('that somebody doubts is looked up at once and reported if it was wrong', async () => {
    const { clock, provider, changes, tracked, get } = tracking();
    await get();
    provider.answer = { kind: 'found', version: 'v2' };
    tracked.doubt('a', { kind: 'found', version: 'v2' });
    await clock.pass(1_000);
    expect(changes).toEqual(['a']);
  });

  it('is forgotten ten minutes after six hours without a question, and reported before', async () => {
    const { clock, provider, changes, tracked, get } = tracking();
    await get();
    await clock.pass(6 * HOUR + 6 * MINUTE);
    expect([changes, tracked.size]).toEqual([['a'], 1]);
    await clock.pass(10 * MINUTE);
    expect(tracked.size).toBe(0);
    const { asked } = provider;
    await clock.pass(HOUR);
    expect([provider.asked, clock.timers]).toEqual([asked, 0]);
  });

  it('stays when somebody who still needs it asks after that report, and costs no call', async () => {
    const { clock, provider, changes, tracked, get } = tracking();
    provider.lastsMs = 24 * HOUR;
    await get();
    await clock.pass(6 * HOUR + MINUTE);
    await get();
    await clock.pass(5 * HOUR);
    expect([changes, tracked.size, provider.asked]).toEqual([['a'], 1, 1]);
  });

  it('is planned anew when it lasts less than it did', async () => {
    const { clock, provider, tracked, get } = tracking();
    provider.lastsMs = 24 * HOUR;
    await get();
    provider.lastsMs = 5 * MINUTE;
    tracked.replan();
    await clock.pass(6 * MINUTE);
    expect(provider.asked).toBe(2);
  });

  it('can be asked for in another way, which counts alike', async () => {
    const { provider, tracked, get } = tracking();
    await tracked.get('a', asker, async () => ({ kind: 'found', version: 'v1' }));
    expect(await get()).toEqual({ kind: 'found', version: 'v1' });
    expect(provider.asked).toBe(0);
  });

  it('an answer from before a change does not count, in whatever way it was asked for', async () => {
    const { clock, provider, changes, tracked } = tracking();
    const old = Promise.withResolvers<VersionAnswer>();
    void tracked.get('a', asker, () => old.promise);
    tracked.outdate(() => true);
    provider.answer = { kind: 'found', version: 'v2' };
    old.resolve({ kind: 'found', version: 'v1' });
    await clock.pass(2_000);
    expect([provider.asked, changes]).toEqual([1, ['a']]);
  });
});

describe('a look at the provider', () => {
  it('that finds it true lets it count on, without a question', async () => {
    const { clock, provider, tracked, get } = tracking();
    await get();
    for (let look = 0; look < 5; look++) {
      await clock.pass(4 * MINUTE);
      tracked.review(() => 'true', clock.monotonic());
    }
    expect(provider.asked).toBe(1);
  });

  it('that doubts it has it asked for, as doubted', async () => {
    const { clock, provider, changes, tracked, get } = tracking();
    await get();
    provider.answer = { kind: 'found', version: 'v2' };
    tracked.review(() => 'doubtful', clock.monotonic());
    await clock.pass(2_000);
    expect([provider.asked, changes]).toEqual([2, ['a']]);
  });

  it('that finds it true does not overrule who saw that it is not', async () => {
    const { clock, provider, tracked, get } = tracking();
    await get();
    tracked.outdate(() => true);
    tracked.review(() => 'true', clock.monotonic());
    await get();
    expect(provider.asked).toBe(2);
  });

  it('that says nothing of it leaves it as it was', async () => {
    const { clock, provider, tracked, get } = tracking();
    await get();
    await clock.pass(4 * MINUTE);
    tracked.review(() => 'silent', clock.monotonic());
    await clock.pass(2 * MINUTE);
    expect(provider.asked).toBe(2);
  });
});
