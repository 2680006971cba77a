/**
 * Questions of one operation to one account: the same question is asked once, many are put into one call, tenants take
 * turns, and what failed in transport is asked again. Owned by a scheduler, which decides when a call may start.
 */
import type { Clock, Random } from '../kube/clock.ts';
import { MAX_ATTEMPTS, retryDelayMs } from './backoff.ts';
import { boundedCall } from './bounded-call.ts';
import { FairQueue } from './fair-queue.ts';
import { type Asker, Flight, gaveUp } from './flight.ts';
import {
  answerAt,
  type CallReport,
  type Departure,
  type Operation,
  refusalOf,
  reportOf,
} from './operation.ts';
import type { Refusal } from './port.ts';

export interface FlightQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Called whenever something may be taken. */
  readonly ready: () => void;
}

const CALL_DEADLINE_MS = 30_000;
// 3.5 kB each with the promises of who waits (measured): 70 MB in all
const MAX_FLIGHTS = 20_000;
// 20 workers, each with the 225 names of a scope, fit in; one tenant cannot take the room of the others
const MAX_FOR_TENANT = 5_000;
const FULL: Refusal = { kind: 'throttled', afterMs: 5_000 };
const NOBODY: Refusal = { kind: 'unavailable', code: 'Aborted' };
// a pause up to this long is waited for here; the scheduler refuses everything during longer ones
export const PATIENCE_MS = 2_000;

export class FlightQueue<Q, A extends { readonly kind: string }> {
  readonly #operation: Operation<Q, A>;
  readonly #options: FlightQueueOptions;
  readonly #lanes = new FairQueue<Flight<Q, A>>();
  /** what newcomers may join */
  readonly #flights = new Map<string, Flight<Q, A>>();
  readonly #queued = new Set<Flight<Q, A>>();
  readonly #resting = new Map<Flight<Q, A>, () => void>();
  /** calls under way */
  #calls = 0;

  constructor(operation: Operation<Q, A>, options: FlightQueueOptions) {
    this.#operation = operation;
    this.#options = options;
  }

  /** Flights that wait for a call. */
  get size(): number {
    return this.#queued.size;
  }

  /**
   * `take` sees the answer while it is whole and turns it into what the caller keeps; a value in it does not outlive
   * that. Rejects only with what `take` throws.
   */
  ask<T>(query: Q, asker: Asker, take: (answer: A | Refusal) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const receive = (answer: A | Refusal) => {
        try {
          resolve(take(answer));
        } catch (error) {
          reject(error);
        }
      };
      if (asker.signal.aborted) return receive(gaveUp(asker.signal));
      const flight = this.#flightFor(query, asker.tenant);
      if (!flight) return receive(FULL);
      flight.join(asker.signal, receive);
      this.#lineUp(flight, asker.tenant);
    });
  }

  /** The next call, or undefined when none may start. It never rejects. */
  depart(): Departure | undefined {
    if (this.#calls >= (this.#operation.abreast ?? Number.POSITIVE_INFINITY)) return undefined;
    const batch: Flight<Q, A>[] = [];
    while (batch.length < this.#operation.batchSize) {
      const flight = this.#lanes.take(({ state }) => state === 'queued');
      if (!flight) break;
      flight.state = 'flying';
      this.#queued.delete(flight);
      batch.push(flight);
    }
    return batch.length === 0 ? undefined : (report) => this.#fly(batch, report);
  }

  /** Everything that is not in the air yet gets this answer. */
  refuse(answer: Refusal): void {
    for (const flight of [...this.#queued, ...this.#resting.keys()]) this.#land(flight, answer);
  }

  /** From now on nobody joins what is in the air for these: it was asked before something changed. */
  detach(matches: (query: Q) => boolean): void {
    for (const [key, flight] of this.#flights) {
      if (flight.state === 'flying' && matches(flight.query)) this.#flights.delete(key);
    }
  }

  /** undefined when there is no room for another one. */
  #flightFor(query: Q, tenant: string): Flight<Q, A> | undefined {
    const key = this.#operation.keyOf(query);
    const known = this.#flights.get(key);
    const full = this.#flights.size >= MAX_FLIGHTS || this.#lanes.lengthOf(tenant) >= MAX_FOR_TENANT;
    if (known || full) return known;
    const flight = new Flight<Q, A>(query);
    flight.onAbandoned = () => this.#land(flight, NOBODY);
    this.#flights.set(key, flight);
    this.#queued.add(flight);
    return flight;
  }

  /** Into the lane of everybody who waits for it: it must not be stuck in the longest one. */
  #lineUp(flight: Flight<Q, A>, tenant: string): void {
    if (flight.tenants.has(tenant)) return;
    flight.tenants.add(tenant);
    if (flight.state !== 'queued') return;
    this.#lanes.push(tenant, flight);
    this.#options.ready();
  }

  async #fly(batch: readonly Flight<Q, A>[], report: (report: CallReport) => void): Promise<void> {
    const { clock } = this.#options;
    const start = clock.monotonic();
    const queries = batch.map(({ query }) => query);
    this.#calls++;
    const outcome = await boundedCall((signal) => this.#operation.call(queries, signal), {
      clock,
      deadlineMs: CALL_DEADLINE_MS,
      signal: this.#abandonment(batch),
      tooLate: (answers) => this.#dispose(queries, answers),
    });
    this.#calls--;
    report(reportOf(this.#operation.name, outcome, (clock.monotonic() - start) / 1000));
    for (const [index, flight] of batch.entries())
      this.#settle(flight, answerAt(outcome, index, batch.length));
  }

  /** Aborts when nobody waits for any flight of the batch; whoever asks then starts a new one. */
  #abandonment(batch: readonly Flight<Q, A>[]): AbortSignal {
    const controller = new AbortController();
    for (const flight of batch) {
      flight.onAbandoned = () => {
        if (flight.state !== 'flying') return this.#land(flight, NOBODY);
        if (batch.some(({ wanted }) => wanted)) return;
        for (const each of batch) this.#leave(each);
        controller.abort();
      };
    }
    return controller.signal;
  }

  #settle(flight: Flight<Q, A>, answer: A | Refusal): void {
    flight.attempts++;
    const refusal = refusalOf(answer);
    const again = flight.wanted && flight.attempts < MAX_ATTEMPTS;
    const repeatable = this.#operation.isRepeatable ?? true;
    if (again && repeatable && refusal?.kind === 'unavailable') this.#rest(flight);
    else if (again && refusal?.kind === 'throttled' && refusal.afterMs <= PATIENCE_MS) this.#requeue(flight);
    else this.#land(flight, answer);
  }

  #rest(flight: Flight<Q, A>): void {
    const { clock, random } = this.#options;
    flight.state = 'resting';
    const ms = retryDelayMs(flight.attempts, random());
    this.#resting.set(
      flight,
      clock.after(ms, () => this.#requeue(flight)),
    );
  }

  #requeue(flight: Flight<Q, A>): void {
    this.#resting.delete(flight);
    flight.state = 'queued';
    this.#queued.add(flight);
    for (const tenant of flight.tenants) this.#lanes.push(tenant, flight);
    this.#options.ready();
  }

  #land(flight: Flight<Q, A>, answer: A | Refusal): void {
    this.#queued.delete(flight);
    this.#resting.get(flight)?.();
    this.#resting.delete(flight);
    this.#leave(flight);
    flight.land(answer);
    this.#operation.done(flight.query, answer);
  }

  #leave(flight: Flight<Q, A>): void {
    const key = this.#operation.keyOf(flight.query);
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  #dispose(queries: readonly Q[], answers: readonly (A | Refusal)[]): void {
    for (const [index, query] of queries.entries()) {
      const answer = answers[index];
      if (answer) this.#operation.done(query, answer);
    }
  }
}
