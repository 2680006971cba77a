/**
 * How often an account may be called: a bucket of tokens, and pauses that the provider asks for.
 * Owned by one scheduler.
 */
import type { Clock } from '../kube/clock.ts';

export class RateLimit {
  readonly #clock: Clock;
  readonly #perMs: number;
  /** one second's worth: a burst is still within a quota that counts by the second */
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;
  #pausedUntil = 0;

  constructor(clock: Clock, callsPerSecond: number) {
    this.#clock = clock;
    this.#perMs = callsPerSecond / 1000;
    this.#burst = Math.max(1, callsPerSecond);
    this.#tokens = this.#burst;
    this.#filledAt = clock.monotonic();
  }

  /** Milliseconds until the next call may start; 0 means now. */
  waitMs(): number {
    this.#fill();
    const forToken = this.#tokens >= 1 ? 0 : (1 - this.#tokens) / this.#perMs;
    return Math.ceil(Math.max(forToken, this.pausedMs()));
  }

  /** Counts one call that starts now. */
  take(): void {
    this.#fill();
    this.#tokens -= 1;
  }

  /** The provider asked for silence. The longest of several pauses counts. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms);
  }

  /** Milliseconds of that silence that are left. */
  pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic());
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
