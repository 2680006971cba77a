/**
 * Owns: for whom reconciles take how long.
 * Called by: scope-fleet.ts, which tells it of each; the runs, which ask.
 */
import type { Clock } from '../../../src/kube/clock.ts';

interface Total {
  readonly ms: number;
  readonly longestMs: number;
}

const NONE: Total = { ms: 0, longestMs: 0 };

export class RunTimes {
  readonly #clock: Clock;
  readonly #ended = new Map<string, Total>();
  readonly #running = new Map<string, { readonly tenant: string; readonly began: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(key: string, tenant: string): void {
    this.#running.set(key, { tenant, began: this.#clock.monotonic() });
  }

  end(key: string): void {
    const run = this.#running.get(key);
    if (!run) return;
    this.#running.delete(key);
    const ms = this.#clock.monotonic() - run.began;
    const before = this.#ended.get(run.tenant) ?? NONE;
    this.#ended.set(run.tenant, { ms: before.ms + ms, longestMs: Math.max(before.longestMs, ms) });
  }

  /** How many were under way at once in the first so many milliseconds, on average; of all or of one tenant. */
  underWay(ms: number, tenant?: string): number {
    const now = this.#clock.monotonic();
    const ended = [...this.#ended].map(([of, total]) => ({ of, held: total.ms }));
    const running = [...this.#running.values()].map((run) => ({ of: run.tenant, held: now - run.began }));
    const counted = [...ended, ...running].filter(({ of }) => tenant === undefined || of === tenant);
    return counted.reduce((sum, { held }) => sum + held, 0) / ms;
  }

  /** The longest that has ended, milliseconds. */
  longestMs(tenant: string): number {
    return (this.#ended.get(tenant) ?? NONE).longestMs;
  }
}
