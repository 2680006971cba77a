import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterOf } from './post-retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('Retry-After', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['3', 3_000],
    ['0007', 7_000],
    ['86400', 86_400_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Mon, 02 Mar 2026 12:00:00 GMT', 86_400_000],
  ])('%s is a wish of %i ms', (text, ms) => {
    expect(retryAfterOf(text, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    '-5',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    ' 5',
    '5 s',
    '٣',
    '99999999999',
    'soon',
    'Infinity',
    // passed, and not a date
    'Sun, 01 Mar 2026 11:59:59 GMT',
    'Sun, 01 Mar 2026 12:00:00 GMT',
    'Sun, 99 Mar 2026 12:00:00 GMT',
    'Sun, 01 Foo 2026 12:00:00 GMT',
    // of a zone that is not GMT, or of none
    'Sun, 01 Mar 2026 12:00:30 +0900',
    '2026-03-01T12:00:30Z',
  ])('%j is none', (text) => {
    expect(retryAfterOf(text, NOW)).toBeUndefined();
  });

  it('whatever a receiver writes is a number of milliseconds that is not negative, or nothing', () => {
    const written = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(written, (text) => {
        const wish = retryAfterOf(text, NOW);
        expect(wish === undefined || (Number.isSafeInteger(wish) && wish >= 0)).toBe(true);
      }),
    );
  });

  it('if it is a date of whole seconds to come, then it is exactly as far away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        const text = new Date(NOW + seconds * 1_000).toUTCString();
        expect(retryAfterOf(text, NOW)).toBe(seconds * 1_000);
      }),
    );
  });
});
