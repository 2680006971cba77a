/**
 * Decides when the next call to one provider account may start: never more than `concurrency` at once, never faster
 * than `callsPerSecond`, not while the provider asked for silence, not while it cannot be reached.
 * Owned by a scheduler.
 */
import type { Clock, Random } from '../kube/clock.ts';
import { boundedCall } from './bounded-call.ts';
import { Circuit } from './circuit.ts';
import { PATIENCE_MS } from './flight-queue.ts';
import { type CallReport, type Departure, reportOf } from './operation.ts';
import type { Backend, Refusal } from './port.ts';
import { RateLimit } from './rate-limit.ts';

/** One call, for metrics. `outcome` is `ok` or the kind of the gravest answer in it. */
export interface CallRecord {
  readonly provider: string;
  readonly operation: string;
  readonly outcome: string;
  readonly seconds: number;
}

/** What whoever runs the program may want to know; codes and class names only. */
export type AccountEvent =
  | { readonly kind: 'circuitOpened'; readonly code: string }
  | { readonly kind: 'circuitClosed' }
  | { readonly kind: 'eventsArrive' | 'eventsMissing'; readonly code: string }
  | { readonly kind: 'paused'; readonly ms: number }
  | { readonly kind: 'backendThrew'; readonly operation: string; readonly error: string };

export interface DispatcherOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly random: Random;
  readonly onCall: (record: CallRecord) => void;
  readonly onEvent: (event: AccountEvent) => void;
}

/** A flight queue, whatever it carries. */
export interface Departures {
  readonly size: number;
  depart(): Departure | undefined;
  refuse(answer: Refusal): void;
}

const PROBE_DEADLINE_MS = 10_000;
const CLOSED: Refusal = { kind: 'unavailable', code: 'ConnectionClosed' };

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #limit: RateLimit;
  readonly #circuit: Circuit;
  /** in the order of turns */
  #queues: readonly Departures[] = [];
  #inFlight = 0;
  #awake = false;
  #cancelWait: (() => void) | undefined;
  readonly #closing = new AbortController();

  constructor(options: DispatcherOptions) {
    const { backend, clock, random, onEvent } = options;
    this.#options = options;
    this.#limit = new RateLimit(clock, backend.capabilities.callsPerSecond);
    this.#circuit = new Circuit({
      clock,
      random,
      probe: () => this.#probe(),
      onOpen: (code) => onEvent({ kind: 'circuitOpened', code }),
      onClose: () => onEvent({ kind: 'circuitClosed' }),
    });
  }

  /** Why nobody is called for a while, if so. */
  get outage(): Refusal | undefined {
    const code = this.#circuit.openedBy;
    return code === undefined ? undefined : { kind: 'unavailable', code };
  }

  /** Before the first `wake`. */
  serve(queues: readonly Departures[]): void {
    this.#queues = queues;
  }

  /** Looks for work soon: what is asked within one turn of the event loop can share a call. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    queueMicrotask(() => {
      this.#awake = false;
      this.#start();
    });
  }

  close(): void {
    this.#closing.abort();
    this.#circuit.stop();
    this.#cancelWait?.();
    this.#refuseAll(CLOSED);
  }

  #start(): void {
    this.#cancelWait?.();
    while (this.#mayStart()) {
      const call = this.#next();
      if (!call) return;
      this.#limit.take();
      this.#inFlight++;
      void this.#run(call);
    }
  }

  #mayStart(): boolean {
    const refusal = this.#refusal();
    if (refusal) this.#refuseAll(refusal);
    if (refusal || this.#inFlight >= this.#options.backend.capabilities.concurrency) return false;
    const waitMs = this.#limit.waitMs();
    if (waitMs > 0 && this.#queues.some(({ size }) => size > 0)) {
      this.#cancelWait = this.#options.clock.after(waitMs, () => this.wake());
    }
    return waitMs === 0;
  }

  /** Why nothing may start, if it will take longer than a worker should wait. */
  #refusal(): Refusal | undefined {
    if (this.#closing.signal.aborted) return CLOSED;
    const { outage } = this;
    if (outage) return outage;
    const afterMs = Math.ceil(this.#limit.pausedMs());
    return afterMs > PATIENCE_MS ? { kind: 'throttled', afterMs } : undefined;
  }

  #refuseAll(refusal: Refusal): void {
    for (const queue of this.#queues) queue.refuse(refusal);
  }

  /** Each queue has its turn, so that a flood of one operation does not stop the others. */
  #next(): Departure | undefined {
    for (const queue of this.#queues) {
      const call = queue.depart();
      if (!call) continue;
      this.#queues = [...this.#queues.filter((other) => other !== queue), queue];
      return call;
    }
    return undefined;
  }

  async #run(call: Departure): Promise<void> {
    await call((report) => this.#judge(report));
    this.#inFlight--;
    this.wake();
  }

  #judge({ operation, outcome, seconds, reached, code, pauseMs, threw }: CallReport): void {
    const { backend, onCall, onEvent } = this.#options;
    onCall({ provider: backend.capabilities.provider, operation, outcome, seconds });
    if (threw !== undefined) onEvent({ kind: 'backendThrew', operation, error: threw });
    if (pauseMs > 0) this.#limit.pause(pauseMs);
    if (pauseMs > PATIENCE_MS) onEvent({ kind: 'paused', ms: pauseMs });
    if (reached === true) this.#circuit.answered();
    if (reached === false) this.#circuit.failed(code);
  }

  async #probe(): Promise<boolean> {
    const { backend, clock, onCall } = this.#options;
    const begun = clock.monotonic();
    const outcome = await boundedCall(async (signal) => [await backend.check(signal)], {
      clock,
      deadlineMs: PROBE_DEADLINE_MS,
      signal: this.#closing.signal,
      tooLate: () => undefined,
    });
    // who looks at failures must not think that they are over because nobody else is let through
    const seconds = (clock.monotonic() - begun) / 1_000;
    onCall({
      provider: backend.capabilities.provider,
      operation: 'check',
      outcome: reportOf('check', outcome, seconds).outcome,
      seconds,
    });
    return outcome.kind === 'returned' && outcome.result.every(({ kind }) => kind !== 'unavailable');
  }
}
