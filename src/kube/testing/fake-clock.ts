/**
 * A clock that stands still until a test moves it. For tests.
 */
import type { Clock } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
}

const START_WALL_MS = Date.UTC(2026, 0, 1);

export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #monotonic = 0;
  #wallOffset = START_WALL_MS;
  #sequence = 0;

  now(): number {
    return this.#wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, ms), sequence: this.#sequence++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock forward or back without time passing. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Time passes, but no timer fires: the process was stopped. */
  freeze(ms: number): void {
    this.#monotonic += ms;
  }

  /** Lets time pass and fires what falls due, in order, with a turn of the event loop after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await turn();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#monotonic = Math.max(this.#monotonic, next.at);
      next.run();
      await turn();
    }
    this.#monotonic = end;
    await turn();
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.sequence < first.sequence))
        first = timer;
    }
    return first;
  }
}

/** Lets everything that is ready to run, run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
