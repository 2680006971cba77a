import { describe, expect, it } from 'vitest';
import { type CadenceFacts, checkEvery } from './cadence.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOTHING_CHOSEN = { chosenMs: undefined, live: false, surveyed: false, unread: false };
const every = (facts: Partial<CadenceFacts>) =>
  checkEvery({ ...NOTHING_CHOSEN, sweepMs: 6 * HOUR, keys: 100, ...facts });

describe('what is known is compared with the provider', () => {
  it('every five minutes, if nobody chose otherwise', () => {
    expect(every({})).toBe(5 * MINUTE);
  });

  it('as often as its owner chose', () => {
    expect([every({ chosenMs: 30_000 }), every({ chosenMs: HOUR, keys: 50_000 })]).toEqual([30_000, HOUR]);
  });

  it.each([1_000, 10_000, 50_100])('with at most 288,000 questions a day for %i keys', (keys) => {
    expect((keys * 24 * HOUR) / every({ keys })).toBeLessThanOrEqual(288_000);
  });

  it('every five minutes however many keys, where one look answers for all', () => {
    expect(every({ keys: 50_100, surveyed: true })).toBe(5 * MINUTE);
  });

  it('never more often than without a choice, where the value may not be read for it', () => {
    const unread = (facts: Partial<CadenceFacts>) => every({ unread: true, ...facts });
    expect([unread({ chosenMs: MINUTE }), unread({ chosenMs: HOUR })]).toEqual([5 * MINUTE, HOUR]);
    expect(unread({ chosenMs: MINUTE, keys: 10_000 })).toBe(50 * MINUTE);
    expect(unread({ chosenMs: MINUTE, live: true })).toBe(6 * HOUR);
  });

  it('seldom while changes are pushed, whatever was chosen for when they are not', () => {
    expect([every({ live: true }), every({ live: true, chosenMs: MINUTE })]).toEqual([6 * HOUR, 6 * HOUR]);
    expect(every({ live: true, chosenMs: 24 * HOUR })).toBe(24 * HOUR);
  });
});
