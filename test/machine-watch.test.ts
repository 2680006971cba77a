import { afterEach, describe, expect, it, vi } from 'vitest';
import { disturbance, watchMachine } from '../scripts/run/machine-watch.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const START = { monotonic: 5_000, wall: NOON };
const later = (monotonic: number, wall: number) =>
  disturbance(START, { monotonic: START.monotonic + monotonic, wall: NOON + wall });

afterEach(() => vi.useRealTimers());

describe('between two looks at the machine', () => {
  it.each([
    ['a second', 1_000, 1_000],
    ['a busy second', 5_900, 5_900],
    ['a clock that is put right by a little', 1_000, 4_000],
  ])('%s is nothing', (_, monotonic, wall) => expect(later(monotonic, wall)).toBeUndefined());

  it('if nothing ran for long, it stood still', () =>
    expect(later(13_000, 13_000)).toBe('it stood still for 12 s before 2026-11-24T12:00:13.000Z'));

  it('if only what people read went on, that was set, forward or back', () => {
    expect(later(1_000, 151_000)).toBe('its clock was set by 150 s before 2026-11-24T12:02:31.000Z');
    expect(later(1_000, -59_000)).toBe('its clock was set by -60 s before 2026-11-24T11:59:01.000Z');
  });
});

describe('a watch', () => {
  it('tells what was seen until it ended', () => {
    vi.useFakeTimers({ now: NOON });
    const end = watchMachine();
    vi.advanceTimersByTime(3_000);
    vi.setSystemTime(NOON + 600_000);
    vi.advanceTimersByTime(3_000);
    expect(end()).toEqual([expect.stringMatching(/^the machine was disturbed: its clock was set by 597 s /)]);
  });
});
