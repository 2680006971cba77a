/** Gateway API's duration format: `720h`, `1h30m`, `500ms`; no days, no fractions. */
export const DURATION = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

const UNIT_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of a duration such as `5m`; throws on another form, which the schema refuses before. */
export function durationMs(text: string): number {
  if (!DURATION.test(text)) throw new RangeError(`"${text}" is not a duration such as 5m or 1h30m`);
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    sum += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return sum;
}
