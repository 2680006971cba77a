import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import type { Refusal, SurveyPage } from './port.ts';
import { type Look, Survey } from './survey.ts';

const MINUTE = 60_000;

/** An account with so many secrets, 100 to a page. */
function surveying({ secrets = 250, keys = 200 } = {}) {
  const clock = new SteppedClock();
  const state = { keys, lastsMs: 5 * MINUTE, refusal: undefined as Refusal | undefined, pages: 0 };
  const versions = new Map(Array.from({ length: secrets }, (_, n) => [`k${n}`, 'v1']));
  const looks: Look[] = [];
  const survey = new Survey({
    clock,
    random: () => 0.5,
    page: async (cursor) => {
      state.pages++;
      if (state.refusal) return state.refusal;
      const at = Number(cursor ?? 0);
      const entries = [...versions].slice(at, at + 100);
      const page: SurveyPage = {
        kind: 'page',
        entries: entries.map(([key, version]) => ({ key, mark: version, version })),
        ...(at + 100 < versions.size && { next: `${at + 100}` }),
      };
      return page;
    },
    keys: () => state.keys,
    lasts: () => state.lastsMs,
    onTaken: (look) => looks.push(look),
  });
  return { clock, state, versions, looks, survey };
}

describe('one look at an account', () => {
  it('answers for all its keys, with a call for each page', async () => {
    const { state, survey } = surveying();
    const answers = await Promise.all(['k0', 'k101', 'k249'].map((key) => survey.versionOf(key)));
    expect([answers, state.pages]).toEqual([['v1', 'v1', 'v1'], 3]);
  });

  it('says nothing of a key that it does not show: that one is described', async () => {
    const { survey } = surveying();
    expect(await survey.versionOf('elsewhere')).toBeUndefined();
  });

  it('does not answer for a new key a minute later: the list is of then', async () => {
    const { clock, state, survey } = surveying();
    await survey.versionOf('k0');
    await clock.pass(2 * MINUTE);
    expect(await survey.versionOf('k1')).toBeUndefined();
    expect([state.pages, survey.vouchesFor('k1')]).toEqual([3, true]);
  });

  it('is taken again by itself when it is due, and compared', async () => {
    const { clock, versions, looks, survey } = surveying();
    await survey.versionOf('k0');
    versions.set('k7', 'v2');
    await clock.pass(6 * MINUTE);
    expect(looks).toHaveLength(2);
    expect([looks[1]?.sameSince('k7'), looks[1]?.sameSince('k8')]).toEqual([undefined, looks[0]?.begunAt]);
  });

  it('comes earlier when it lasts less than it did', async () => {
    const { clock, state, looks, survey } = surveying();
    state.lastsMs = 24 * 60 * MINUTE;
    await survey.versionOf('k0');
    state.lastsMs = 5 * MINUTE;
    survey.replan();
    await clock.pass(6 * MINUTE);
    expect(looks).toHaveLength(2);
  });
});

describe('a look is not taken', () => {
  it('for a handful of keys', async () => {
    const { state, survey } = surveying({ keys: 5 });
    expect([await survey.versionOf('k0'), state.pages]).toEqual([undefined, 0]);
  });

  it('to its end where the account is far larger than what is wanted of it', async () => {
    const { state, survey } = surveying({ secrets: 50_000, keys: 6 });
    expect(await survey.versionOf('k0')).toBeUndefined();
    expect([state.pages, survey.counts]).toEqual([120, false]);
  });

  it('again where describing is cheaper, once that is known', async () => {
    const { clock, state, looks, survey } = surveying({ secrets: 2_000, keys: 10 });
    await survey.versionOf('k0');
    expect(looks).toHaveLength(1);
    await clock.pass(60 * MINUTE);
    expect([looks.length, state.pages]).toEqual([1, 20]);
  });

  it('again within an hour after it was refused', async () => {
    const { clock, state, survey } = surveying();
    state.refusal = { kind: 'denied' };
    expect(await survey.versionOf('k0')).toBeUndefined();
    await clock.pass(30 * MINUTE);
    await survey.versionOf('k0');
    expect(state.pages).toBe(1);
    state.refusal = undefined;
    await clock.pass(31 * MINUTE);
    expect(await survey.versionOf('k0')).toBe('v1');
  });

  it('any more once the account is closed', async () => {
    const { clock, state, survey } = surveying();
    await survey.versionOf('k0');
    survey.close();
    await clock.pass(60 * MINUTE);
    expect([state.pages, survey.counts, clock.timers]).toEqual([3, false, 0]);
  });
});

describe('a look that fails', () => {
  it('vouches no longer for what the one before showed, once that is too old', async () => {
    const { clock, state, survey } = surveying();
    await survey.versionOf('k0');
    state.refusal = { kind: 'unavailable', code: 'ECONNRESET' };
    await clock.pass(9 * MINUTE);
    expect(survey.counts).toBe(true);
    await clock.pass(2 * MINUTE);
    expect(survey.counts).toBe(false);
  });
});
