/**
 * The API server's time as far as it is known: the largest `Date` header of any answer. It never goes back and never
 * runs ahead by itself, so a timer that is judged by it can only end late.
 * Fed by the transport; read by whatever decides about wait timers and expiry.
 */
import type { Clock } from './clock.ts';

export interface ServerTime {
  /** milliseconds since 1970, whole seconds */
  readonly at: number;
  /** milliseconds since the last answer that carried a time; the true time is about at + age */
  readonly ageMs: number;
}

export class ServerClock {
  readonly #clock: Clock;
  #largest: number | undefined;
  #seenAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  observe(dateHeader: string | undefined): void {
    const at = dateHeader === undefined ? Number.NaN : Date.parse(dateHeader);
    if (Number.isNaN(at)) return;
    this.#largest = Math.max(this.#largest ?? at, at);
    this.#seenAt = this.#clock.monotonic();
  }

  /** undefined before the first answer */
  read(): ServerTime | undefined {
    if (this.#largest === undefined) return undefined;
    return { at: this.#largest, ageMs: this.#clock.monotonic() - this.#seenAt };
  }
}
