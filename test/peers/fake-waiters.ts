/** Requests that wait for something to happen, on a clock that a test may hold. Part of fake-sqs.ts and fake-pubsub.ts. */
import type { Clock } from '../../src/kube/clock.ts';

export class FakeWaiters {
  readonly #clock: Clock;
  readonly #wake = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#wake.size;
  }

  /** Resolves when all are woken, at the latest at this time of the clock. */
  wait(until: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#wake.delete(wake);
        resolve();
      };
      const cancel = this.#clock.after(until - this.#clock.monotonic(), wake);
      this.#wake.add(wake);
    });
  }

  wakeAll(): void {
    for (const wake of [...this.#wake]) wake();
  }
}
