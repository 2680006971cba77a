/**
 * Owns: what a benchmark is to scripts/bench.ts, and how it says what it is doing.
 * Called by: every benchmark. Must not: print to stdout, which is for figures.
 */
import type { Figure } from './figures.ts';

/**
 * `started` takes whatever has to be stopped and removed, in the order in which it was started: it is disposed of at
 * the end, and on Ctrl-C.
 */
export type Bench = (flags: readonly string[], started: AsyncDisposableStack) => Promise<readonly Figure[]>;

/** The command line cannot be used; the message says why. */
export class BenchUsage extends Error {
  override readonly name = 'BenchUsage';
}

const begun = performance.now();

/** One line on stderr, with the seconds since the start. */
export function progress(line: string): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(0).padStart(4);
  process.stderr.write(`${seconds} s  ${line}\n`);
}

/** Positive whole numbers, separated by commas. */
export function countsFrom(flag: string, text: string): number[] {
  const counts = text.split(',').map(Number);
  if (counts.every((count) => Number.isInteger(count) && count > 0)) return counts;
  throw new BenchUsage(`${flag} takes numbers such as 100,1000; got "${text}"`);
}
