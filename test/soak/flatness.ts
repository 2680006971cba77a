/**
 * Owns: the rule by which something that was measured for a while is flat: in the last two thirds, since caches fill at
 * first. Used by: soak.ts. Pure.
 */

export interface Sample {
  /** seconds since the start */
  readonly at: number;
  readonly value: number;
}

/** Flat is at most so much more in an hour, by a straight line through the last two thirds. */
export interface Bound {
  readonly perHour: number;
}

export interface Flatness {
  /** by the line through the last two thirds */
  readonly perHour: number;
  /** at its end */
  readonly last: number;
  readonly isFlat: boolean;
}

const HOUR = 3_600;

export function flatness(samples: readonly Sample[], { perHour: most }: Bound): Flatness {
  const end = samples.at(-1)?.at ?? 0;
  const late = samples.filter(({ at }) => at >= end / 3);
  const perHour = slope(late) * HOUR;
  return { perHour, last: samples.at(-1)?.value ?? Number.NaN, isFlat: perHour <= most };
}

/** Least squares; 0 of a single sample. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, value] = [mean((sample) => sample.at), mean((sample) => sample.value)];
  const spread = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0);
  const joint = samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.value - value), 0);
  return spread === 0 ? 0 : joint / spread;
}
