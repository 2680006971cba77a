/** Requests of one account by day, for the status of its backends. Owned by an account. */
import type { Clock } from '../kube/clock.ts';

export class RequestCount {
  readonly #sent: () => number;
  readonly #clock: Clock;
  #date: string;
  /** how many had been sent when the day began, as far as anybody looked */
  #before = 0;

  /** `sent` counts up for ever. */
  constructor(sent: () => number, clock: Clock) {
    this.#sent = sent;
    this.#clock = clock;
    this.#date = dateOf(clock);
  }

  /** `date` in UTC. A day counts from the first look at it: nobody looks in between but the status, once an hour. */
  today(): { readonly date: string; readonly count: number } {
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
