/**
 * One scheduler for each provider account and identity, shared by every scope that uses it. It coalesces, batches,
 * takes tenants in turns, retries, and keeps away from a provider that cannot answer. Owned by an account.
 * Knows nothing of authorization, which is asked before, and holds no value longer than a call.
 */
import { type Departures, Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import type { Asker } from './flight.ts';
import { FlightQueue } from './flight-queue.ts';
import type {
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  Refusal,
  RemoveAnswer,
  SecretRef,
  SurveyPage,
  VersionAnswer,
  WriteAnswer,
} from './port.ts';
import {
  checking,
  describing,
  describingUnread,
  listing,
  type ReadQuery,
  reading,
  surveying,
  UNKNOWN_VERSION,
} from './provider-operations.ts';
import { type OnWritten, type PutQuery, putting, type RemoveQuery, removing } from './write-operations.ts';

export interface SchedulerOptions extends DispatcherOptions {
  /** Takes over the payload of every read, once everybody who asked has seen it. */
  readonly onRead: (query: ReadQuery, answer: ReadAnswer | Refusal) => void;
  readonly onPut: OnWritten<PutQuery, WriteAnswer>;
  readonly onRemove: OnWritten<RemoveQuery, RemoveAnswer>;
}

/** Every question is answered once: by the provider, or with a Refusal. None rejects. */
export class Scheduler {
  readonly #describes: FlightQueue<SecretRef, VersionAnswer>;
  /** what may be described but not read */
  readonly #unread: FlightQueue<SecretRef, VersionAnswer>;
  readonly #reads: FlightQueue<ReadQuery, ReadAnswer>;
  readonly #lists: FlightQueue<string, ListAnswer>;
  readonly #checks: FlightQueue<'self', CheckAnswer>;
  readonly #surveys: FlightQueue<string, SurveyPage>;
  readonly #puts: FlightQueue<PutQuery, WriteAnswer>;
  readonly #removes: FlightQueue<RemoveQuery, RemoveAnswer>;
  readonly #queues: readonly Departures[];
  readonly #dispatcher: Dispatcher;
  readonly #closing = new AbortController();

  constructor(options: SchedulerOptions) {
    const { backend, clock, random } = options;
    const parts = { clock, random, ready: () => this.#dispatcher.wake() };
    this.#describes = new FlightQueue(describing(backend), parts);
    this.#unread = new FlightQueue(describingUnread(backend), parts);
    this.#reads = new FlightQueue(reading(backend, options.onRead), parts);
    this.#lists = new FlightQueue(listing(backend), parts);
    this.#checks = new FlightQueue(checking(backend), parts);
    this.#surveys = new FlightQueue(surveying(backend), parts);
    this.#puts = new FlightQueue(putting(backend, options.onPut), parts);
    this.#removes = new FlightQueue(removing(backend, options.onRemove), parts);
    this.#dispatcher = new Dispatcher(options);
    const writes = [this.#removes, this.#puts];
    const looks = [this.#describes, this.#reads, this.#lists, this.#surveys, this.#unread];
    this.#queues = [this.#checks, ...writes, ...looks];
    this.#dispatcher.serve(this.#queues);
  }

  /** Questions that wait for a call. */
  get queued(): number {
    return this.#queues.reduce((sum, { size }) => sum + size, 0);
  }

  /** What everybody is answered for a while, if the provider cannot be reached. */
  get outage(): Refusal | undefined {
    return this.#dispatcher.outage;
  }

  describe(ref: SecretRef, asker: Asker): Promise<VersionAnswer> {
    return (ref.unread ? this.#unread : this.#describes).ask(ref, asker, (answer) => answer);
  }

  /** `take` sees the payload while it lasts and makes of it what the caller keeps. Rejects only with what it throws. */
  read<T>(query: ReadQuery, asker: Asker, take: (answer: ReadAnswer | Refusal) => T): Promise<T> {
    return this.#reads.ask(query, asker, take);
  }

  list(prefix: string, asker: Asker): Promise<ListAnswer> {
    return this.#lists.ask(prefix, asker, (answer) => answer);
  }

  check(asker: Asker): Promise<CheckAnswer> {
    return this.#checks.ask('self', asker, (answer) => answer);
  }

  /** Sent once. Two for one key are not kept in order here. */
  put(query: PutQuery, asker: Asker): Promise<WriteAnswer> {
    return this.#puts.ask(query, asker, (answer) => answer);
  }

  /** As `put`. */
  remove(query: RemoveQuery, asker: Asker): Promise<RemoveAnswer> {
    return this.#removes.ask(query, asker, (answer) => answer);
  }

  /** A page of everything; asked on nobody's account, until the connection closes. */
  survey(cursor: string | undefined): Promise<SurveyPage | Refusal> {
    const asker = { tenant: '', signal: this.#closing.signal };
    return this.#surveys.ask(cursor ?? '', asker, (answer) => answer);
  }

  /** Something changed at the provider: answers that are under way are too old for whoever asks from now on. */
  outdate(matches: (key: string) => boolean): void {
    for (const queue of [this.#describes, this.#unread]) queue.detach(({ key }) => matches(key));
    this.#reads.detach(({ ref, wanted }) => wanted === UNKNOWN_VERSION && matches(ref.key));
    // a new key may lie below any prefix
    this.#lists.detach(() => true);
  }

  /** Answers everything that waits with `unavailable`, now and later. Calls in flight end by themselves. */
  close(): void {
    this.#closing.abort();
    this.#dispatcher.close();
  }
}
