/**
 * One provider account as one identity sees it: its connection, its scheduler, what is known of it without values.
 * Owned by the fetcher, shared by every backend object that means the same account. Authorization has been asked
 * before anything is asked here.
 */

import type { Clock, Random } from '../kube/clock.ts';
import { className } from './bounded-call.ts';
import type { AccountEvent, CallRecord } from './dispatcher.ts';
import type { Asker } from './flight.ts';
import { wipePayload } from './payload.ts';
import type {
  Backend,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  Refusal,
  SecretRef,
  VersionAnswer,
} from './port.ts';
import { type ReadQuery, refKey } from './provider-operations.ts';
import { Scheduler } from './scheduler.ts';
import { TrackedAnswers } from './tracked-answers.ts';
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
  readonly #backend: Backend;
  readonly #values: ValueCache;
  readonly #options: AccountOptions;
  readonly #scheduler: Scheduler;
  readonly #versions: TrackedAnswers<SecretRef, VersionAnswer>;
  readonly #lists: TrackedAnswers<string, ListAnswer>;
  readonly #stopWatch: (() => void) | undefined;
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
    });
    this.#versions = new TrackedAnswers({
      clock,
      random,
      keyOf: refKey,
      ask: (ref, asker) => this.#scheduler.describe(ref, asker),
      digest: digestOf,
      good: ({ kind }) => kind === 'found',
      onChange: ({ key }) => onChange(key),
      onLookup: (hit) => this.#looked('version', hit),
    });
    this.#lists = new TrackedAnswers({
      clock,
      random,
      keyOf: (prefix) => prefix,
      ask: (prefix, asker) => this.#scheduler.list(prefix, asker),
      digest: digestOf,
      good: ({ kind }) => kind === 'listed',
      onChange: () => onChange(undefined),
      onLookup: (hit) => this.#looked('list', hit),
    });
    this.#stopWatch = backend.watch?.((key) => this.#pushed(key));
  }

  get provider(): string {
    return this.#backend.capabilities.provider;
  }

  /** Questions that wait for a call. */
  get queued(): number {
    return this.#scheduler.queued;
  }

  async version(ref: SecretRef, asker: Asker, intervalMs: number): Promise<VersionAnswer> {
    const known = this.#backend.known?.(ref);
    if (!known) return this.#versions.get(ref, asker, intervalMs);
    this.#looked('version', true);
    return known;
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

  list(prefix: string, asker: Asker, intervalMs: number): Promise<ListAnswer> {
    return this.#lists.get(prefix, asker, intervalMs);
  }

  check(asker: Asker): Promise<CheckAnswer> {
    return this.#scheduler.check(asker);
  }

  /** What waits is answered `unavailable`; values are wiped; the connection goes. Never rejects. */
  async close(): Promise<void> {
    this.#stopWatch?.();
    this.#versions.close();
    this.#lists.close();
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
    this.#versions.outdate((ref) => concerns(ref.key));
    this.#lists.outdate(() => true);
    this.#values.outdate(this.id, concerns);
    this.#options.onChange(key);
  }

  /** A read may be newer than what was described; then others may not know yet. */
  #keep({ ref, wanted }: ReadQuery, answer: ReadAnswer | Refusal): void {
    if (answer.kind !== 'found') return;
    if (answer.version !== wanted) this.#versions.doubt(ref);
    if (this.#closed) wipePayload(answer.payload);
    else this.#values.keep(this.#slot(ref), wanted, answer.version, answer.payload);
  }

  /** Whoever was sent away while the circuit was open need not wait for their back-off. */
  #note(event: AccountEvent): void {
    this.#options.onEvent(event);
    if (event.kind === 'circuitClosed') this.#options.onChange(undefined);
  }

  #looked(cache: CacheLookup['cache'], hit: boolean): void {
    this.#options.onLookup({ provider: this.provider, cache, hit });
  }

  #slot(ref: SecretRef): Slot {
    return { account: this.id, ref };
  }
}

/** undefined for answers that say nothing about the secret itself. */
function digestOf(answer: VersionAnswer | ListAnswer): string | undefined {
  switch (answer.kind) {
    case 'found':
      return `found ${answer.version}`;
    case 'listed':
      return `listed ${JSON.stringify([answer.truncated, ...answer.keys])}`;
    case 'absent':
    case 'versionGone':
    case 'denied':
    case 'sourceRefused':
      return answer.kind;
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return undefined;
  }
}
