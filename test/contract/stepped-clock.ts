/** A clock that stands still until a test moves it. Timers fire in the order they are due, each at its own time. */
import type { Clock } from '../../src/kube/clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class SteppedClock implements Clock {
  #time = 1_000_000;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#time + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass, with everything that promises do in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#time + ms;
    await settled();
    for (let next = this.#nextBefore(until); next; next = this.#nextBefore(until)) {
      this.#time = Math.max(this.#time, next.at);
      this.#timers.delete(next);
      next.run();
      await settled();
    }
    this.#time = until;
  }

  #nextBefore(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
    return first;
  }
}

/** Everything that only waits for promises has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
