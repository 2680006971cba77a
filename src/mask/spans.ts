/** Owns: which stretches of a text are masked, and what is printed in their place. Used by: masker.ts, mask-stream.ts. Pure. */

/** What stands for a secret, whatever its length (M6). */
export const MASK = '***';

/** `start` belongs to it, `end` does not. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Sorted by start; spans that overlap or touch are one (M6). */
export function merged(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  const all: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else all.push({ start, end });
  }
  return all;
}
