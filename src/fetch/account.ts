/**
 * One provider account as one identity sees it: its connection, its scheduler, what is known of it without values.
 * Owned by the fetcher, shared by every backend object that means the same account. Authorization has been asked
 * before anything is asked here.
 */

import type { Clock, Random } from '../kube/clock.ts';
import { AccountWriter } from './account-writer.ts';
import { className } from './bounded-call.ts';
import type { AccountEvent, CallRecord } from './dispatcher.ts';
import { EventState, type Events } from './event-state.ts';
import type { Asker } from './flight.ts';
import { type ChosenInterval, Knowledge } from './knowledge.ts';
import { wipePayload } from './payload.ts';
import type {
  Backend,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  ReadableRef,
  Refusal,
  SecretRef,
  VersionAnswer,
} from './port.ts';
import { describedAs, type ReadQuery, UNKNOWN_VERSION } from './provider-operations.ts';
import { RequestCount } from './request-count.ts';
import { Scheduler } from './scheduler.ts';
import type { Slot, ValueCache } from './value-cache.ts';

export interface CacheLookup {
  readonly provider: string;
  readonly cache: 'value' | 'version' | 'list';
  readonly hit: boolean;
}

export interface AccountOptions {
  /** equal for equal accounts and identities */
  readonly id: string;
  readonly backend: Backend;
  readonly values: ValueCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly onCall: (record: CallRecord) => void;
  readonly onLookup: (lookup: CacheLookup) => void;
  readonly onEvent: (event: AccountEvent) => void;
  /** `undefined` means any key */
  readonly onChange: (key: string | undefined) => void;
}

export class Account {
  readonly id: string;
  readonly writer: AccountWriter;
  readonly #backend: Backend;
  readonly #values: ValueCache;
  readonly #options: AccountOptions;
  readonly #scheduler: Scheduler;
  readonly #knowledge: Knowledge;
  readonly #stopWatch: (() => void) | undefined;
  readonly #requests: RequestCount;
  readonly #events: EventState;
  #closed = false;

  constructor(options: AccountOptions) {
    const { id, backend, values, clock, random, onCall, onChange } = options;
    this.id = id;
    this.#options = options;
    this.#backend = backend;
    this.#values = values;
    this.#scheduler = new Scheduler({
      backend,
      clock,
      random,
      onCall,
      onEvent: (event) => this.#note(event),
      onRead: (query, answer) => this.#keep(query, answer),
      onPut: (query, answer) => this.writer.landed(query, answer),
      onRemove: (query, answer) => this.writer.landed(query, answer),
    });
    this.#knowledge = new Knowledge({
      backend,
      scheduler: this.#scheduler,
      clock,
      random,
      onChange,
      onLookup: (cache, hit) => this.#looked(cache, hit),
    });
    this.writer = new AccountWriter({
      scheduler: this.#scheduler,
      knowledge: this.#knowledge,
      onWritten: (key, learn) => this.#wrote(key, learn),
    });
    this.#events = new EventState(backend, clock);
    this.#requests = new RequestCount(() => backend.requests?.() ?? 0, clock);
    this.#stopWatch = backend.watch?.((key) => this.#pushed(key));
    backend.onLive?.((live, code) => {
      this.#events.heard(live);
      this.#knowledge.replan();
      options.onEvent({ kind: live ? 'eventsArrive' : 'eventsMissing', code });
    });
    void this.#knowledge.settle();
  }

  get provider(): string {
    return this.#backend.capabilities.provider;
  }

  /** What a value may have at most; undefined where none can be stored. */
  get maxValueBytes(): number | undefined {
    return this.#backend.capabilities.maxValueBytes || undefined;
  }

  get events(): Events {
    return this.#events.now;
  }

  /** Questions that wait for a call. */
  get queued(): number {
    return this.#scheduler.queued;
  }

  /** Of an unread reference nothing is read, now or when it is compared again. */
  version(ref: SecretRef, asker: Asker, chosenMs: ChosenInterval): Promise<VersionAnswer> {
    return this.#knowledge.version(describedAs(ref, this.#backend.capabilities), asker, chosenMs);
  }

  /**
   * The version of what is going to be read anyway: where nothing is known of it, the read itself tells. Its payload is
   * kept for the read that follows.
   */
  versionByReading(ref: ReadableRef, asker: Asker, chosenMs: ChosenInterval): Promise<VersionAnswer> {
    // a backend that pushes its state tells versions for nothing
    if (this.#backend.known) return this.version(ref, asker, chosenMs);
    const read = (_ref: SecretRef, by: Asker) =>
      this.#scheduler.read({ ref, wanted: UNKNOWN_VERSION }, by, versionIn);
    return this.#knowledge.version(ref, asker, chosenMs, read);
  }

  /**
   * The payload that was current when `wanted` was described, or a newer one. `take` sees it while it lasts. Rejects
   * only with what `take` throws.
   */
  async value<T>(query: ReadQuery, asker: Asker, take: (answer: ReadAnswer | Refusal) => T): Promise<T> {
    const cached = this.#values.use(this.#slot(query.ref), query.wanted, (version, payload) =>
      take({ kind: 'found', version, payload }),
    );
    this.#looked('value', cached !== undefined);
    return cached ? cached.result : this.#scheduler.read(query, asker, take);
  }

  list(prefix: string, asker: Asker, chosenMs: ChosenInterval): Promise<ListAnswer> {
    return this.#knowledge.list(prefix, asker, chosenMs);
  }

  /** Requests to the provider today, by UTC; or since it was opened. */
  get today(): { readonly date: string; readonly count: number } {
    return this.#requests.today();
  }

  check(asker: Asker): Promise<CheckAnswer> {
    return this.#scheduler.check(asker);
  }

  /** What waits is answered `unavailable`; values are wiped; the connection goes. Never rejects. */
  async close(): Promise<void> {
    this.#stopWatch?.();
    this.#knowledge.close();
    this.#scheduler.close();
    this.#values.forgetAccount(this.id);
    this.#closed = true;
    try {
      await this.#backend.close();
    } catch (error) {
      this.#options.onEvent({ kind: 'backendThrew', operation: 'close', error: className(error) });
    }
  }

  #pushed(key: string | undefined): void {
    const concerns = (other: string) => key === undefined || key === other;
    this.#scheduler.outdate(concerns);
    this.#knowledge.outdate(concerns);
    this.#values.outdate(this.id, concerns);
    this.#options.onChange(key);
  }

  /** As after an event, but that nobody is to be given what was read before. */
  #wrote(key: string, learn: () => void): void {
    this.#scheduler.outdate((other) => other === key);
    this.#values.forget(this.id, key);
    learn();
    this.#options.onChange(key);
  }

  /** A read may be newer than what was described; then others may not know yet. */
  #keep({ ref, wanted }: ReadQuery, answer: ReadAnswer | Refusal): void {
    if (answer.kind !== 'found') return;
    if (wanted !== UNKNOWN_VERSION && answer.version !== wanted)
      this.#knowledge.doubt(ref, { kind: 'found', version: answer.version });
    if (this.#closed) wipePayload(answer.payload);
    else this.#values.keep(this.#slot(ref), wanted, answer.version, answer.payload);
  }

  /** Whoever relies on it hears that it is away, and need not wait for a back-off when it is back. */
  #note(event: AccountEvent): void {
    this.#options.onEvent(event);
    if (event.kind === 'circuitOpened' || event.kind === 'circuitClosed') this.#options.onChange(undefined);
  }

  #looked(cache: CacheLookup['cache'], hit: boolean): void {
    this.#options.onLookup({ provider: this.provider, cache, hit });
  }

  #slot(ref: SecretRef): Slot {
    return { account: this.id, ref };
  }
}

function versionIn(answer: ReadAnswer | Refusal): VersionAnswer {
  return answer.kind === 'found' ? { kind: 'found', version: answer.version } : answer;
}
