/** Requests of one account by day, for the status of its backends. Owned by an account. */
import type { Clock } from '../kube/clock.ts';

export interface CallsOfADay {
  /** in UTC */
  readonly date: string;
  readonly count: number;
}

// a status that changed with every call would be written with every call
const SHOWN_MS = 3_300_000;

export class RequestCount {
  readonly #sent: () => number;
  readonly #clock: Clock;
  #date: string;
  /** how many had been sent when the day began, as far as anybody looked */
  #before = 0;
  #shown: { readonly at: number; readonly calls: CallsOfADay } | undefined;

  /** `sent` counts up for ever. */
  constructor(sent: () => number, clock: Clock) {
    this.#sent = sent;
    this.#clock = clock;
    this.#date = dateOf(clock);
  }

  /** The same for 55 minutes, whatever happens meanwhile. */
  today(): CallsOfADay {
    const at = this.#clock.monotonic();
    if (!this.#shown || at - this.#shown.at >= SHOWN_MS) this.#shown = { at, calls: this.#count() };
    return this.#shown.calls;
  }

  #count(): CallsOfADay {
    const date = dateOf(this.#clock);
    if (date !== this.#date) {
      this.#date = date;
      this.#before = this.#sent();
    }
    return { date, count: this.#sent() - this.#before };
  }
}

function dateOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10);
}
