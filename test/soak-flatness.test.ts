import { describe, expect, it } from 'vitest';
import { flatness, type Sample } from './soak/flatness.ts';

const measured = (value: (at: number) => number): Sample[] =>
  Array.from({ length: 61 }, (_, minute) => ({ at: minute * 60, value: value(minute * 60) }));

describe('what was measured for an hour', () => {
  it('is flat where it goes up and down', () => {
    const saw = measured((at) => 100 + (at % 300) / 30);
    expect(flatness(saw, { perHour: 5 }).isFlat).toBe(true);
  });

  it('is flat where it grew at the beginning only', () => {
    const filled = measured((at) => Math.min(200, 100 + at / 10));
    expect(flatness(filled, { perHour: 5 })).toEqual({ perHour: 0, last: 200, isFlat: true });
  });

  it('is not flat where it grows all the time, however slowly', () => {
    const leak = measured((at) => 100 + (at / 3_600) * 10 + (at % 120) / 60);
    const { isFlat, perHour } = flatness(leak, { perHour: 5 });
    expect([isFlat, Math.round(perHour)]).toEqual([false, 10]);
  });

  it('is flat where it falls', () => {
    expect(
      flatness(
        measured((at) => 100 - at / 100),
        { perHour: 5 },
      ).isFlat,
    ).toBe(true);
  });
});
