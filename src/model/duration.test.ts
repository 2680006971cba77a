import { describe, expect, it } from 'vitest';
import { DURATION, durationMs } from './duration.ts';

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['1s', 1_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1m5ms', 60_005],
    ['720h', 2_592_000_000],
    ['1h2m3s4ms', 3_723_004],
    ['99999h', 359_996_400_000],
  ])('API-REVIEW 25: %s is %d milliseconds', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each([
    '',
    '5',
    '5d',
    '1.5h',
    '-5m',
    ' 5m',
    '5m ',
    '5 m',
    '5M',
    '5m\n',
    '100000s',
    '1h1m1s1ms1h',
    'PT5M',
    '５m',
  ])('API-REVIEW 25: "%s" is none', (text) => {
    expect(DURATION.test(text)).toBe(false);
    expect(() => durationMs(text)).toThrow(RangeError);
  });
});
