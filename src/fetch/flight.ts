/**
 * One question on its way to a provider, and everybody who waits for its answer. Owned by a flight queue.
 */
import type { Refusal } from './port.ts';

/** Who asks, on whose account, and until when. */
export interface Asker {
  /** whose fair share is used: the namespace that the work is done for */
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** `queued` waits for a call, `resting` for another attempt; `landed` has its answer or nobody wants one. */
export type FlightState = 'queued' | 'flying' | 'resting' | 'landed';

export class Flight<Q, A> {
  readonly query: Q;
  /** in whose lanes it waits */
  readonly tenants = new Set<string>();
  state: FlightState = 'queued';
  attempts = 0;
  /** told when the last one who waited has gone */
  onAbandoned: () => void = () => undefined;
  readonly #waiters = new Set<(answer: A | Refusal) => void>();

  constructor(query: Q) {
    this.query = query;
  }

  get wanted(): boolean {
    return this.#waiters.size > 0;
  }

  /** `receive` is called once: with the answer, or with `unavailable` when the signal aborts before. */
  join(signal: AbortSignal, receive: (answer: A | Refusal) => void): void {
    const waiter = (answer: A | Refusal) => {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', leave);
      receive(answer);
    };
    const leave = () => {
      waiter(gaveUp(signal));
      if (!this.wanted) this.onAbandoned();
    };
    this.#waiters.add(waiter);
    signal.addEventListener('abort', leave);
  }

  land(answer: A | Refusal): void {
    this.state = 'landed';
    for (const waiter of [...this.#waiters]) waiter(answer);
  }
}

/** What somebody gets who could not wait any longer. */
export function gaveUp(signal: AbortSignal): Refusal {
  const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return { kind: 'unavailable', code: timedOut ? 'Timeout' : 'Aborted' };
}
