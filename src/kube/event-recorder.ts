/**
 * Tells people what happened, as Kubernetes Events. A convenience: it never waits, never fails, and drops what is too
 * much. The record is elsewhere.
 * Called by report/ with what a reconcile decided.
 */
import { type Clock, deadline } from './clock.ts';
import {
  EVENTS,
  type EventNote,
  eventDraft,
  eventName,
  eventNamespace,
  type Reporter,
  seriesPatch,
} from './event-note.ts';
import type { KubeClient } from './kube-client.ts';
import { isKubeError, type KubeErrorKind } from './kube-error.ts';
import { RecentMap } from './recent-map.ts';
import { TokenBucket } from './token-bucket.ts';

export type DropReason = 'queueFull' | 'rateLimited' | 'failed' | 'shutDown';

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'get' | 'mergePatch'>;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** for a metric; must not throw */
  readonly onDrop?: (reason: DropReason, why?: KubeErrorKind) => void;
}

/** One event and what is known of it. */
interface Told {
  readonly event: EventNote;
  /** occurrences that the cluster does not know of yet */
  pending: number;
  /** occurrences that it knows of; undefined when it is there from before a restart and was not read yet */
  total: number | undefined;
  lastAtMs: number;
  queued: boolean;
}

// identities: ~1 kB each with its note, 4 MB; client-go's number
const MAX_IDENTITIES = 4_096;
// as client-go: a burst of 25 for each object, then one in 5 minutes
const BURST = 25;
const REFILL_MS = 300_000;
// 256 calls of ~10 ms: what one second can send; more is a storm of which a part tells enough
const MAX_QUEUE = 256;
const CALL_MS = 5_000;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #told = new RecentMap<string, Told>(MAX_IDENTITIES);
  readonly #buckets = new RecentMap<string, TokenBucket>(MAX_IDENTITIES);
  readonly #queue: Told[] = [];
  #sending: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #closed = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Returns at once. */
  record(event: EventNote): void {
    const dropped = this.#closed ? 'shutDown' : this.#enqueue(event);
    if (dropped) this.#drop(dropped);
  }

  /** Takes no more events and sends what waits, for at most so long; drops the rest. */
  async flush(withinMs: number): Promise<void> {
    this.#closed = true;
    using limit = deadline(this.#options.clock, withinMs);
    limit.signal.addEventListener('abort', () => this.#closing.abort());
    await this.#sending;
  }

  /** Answers why it is not sent; its count is kept while there is room. */
  #enqueue(event: EventNote): DropReason | undefined {
    const key = `${eventNamespace(event)}/${eventName(event)}`;
    const told = this.#told.getOrMake(key, () => firstTime(event));
    told.pending++;
    told.lastAtMs = this.#options.clock.now();
    if (told.queued || !isWorthTelling(told)) return undefined;
    if (this.#queue.length >= MAX_QUEUE) return 'queueFull';
    if (!this.#bucketOf(event).take()) return 'rateLimited';
    told.queued = true;
    this.#queue.push(told);
    this.#sending ??= this.#sendAll();
    return undefined;
  }

  async #sendAll(): Promise<void> {
    for (let told = this.#queue.shift(); told; told = this.#queue.shift()) {
      told.queued = false;
      if (this.#closing.signal.aborted) this.#drop('shutDown');
      else await this.#sendOne(told);
    }
    this.#sending = undefined;
  }

  async #sendOne(told: Told): Promise<void> {
    const occurrences = told.pending;
    try {
      await (told.total === 0 ? this.#create(told) : this.#count(told, occurrences));
    } catch (error) {
      // the count is kept, so the next occurrence says it all
      this.#drop('failed', isKubeError(error) ? error.kind : undefined);
    }
  }

  /** The same event from before a restart is the same occurrence told again: nothing is written for it. */
  async #create(told: Told): Promise<void> {
    const { client, reporter } = this.#options;
    try {
      await client.create(EVENTS, eventDraft(told.event, reporter, told.lastAtMs), this.#callOptions());
      told.total = 1;
    } catch (error) {
      if (!isKubeError(error, 'alreadyExists')) throw error;
      told.total = undefined;
    }
    told.pending--;
  }

  async #count(told: Told, occurrences: number): Promise<void> {
    const { client } = this.#options;
    const ref = { namespace: eventNamespace(told.event), name: eventName(told.event) };
    try {
      const known = told.total ?? (await client.get(EVENTS, ref, this.#callOptions())).series?.count ?? 1;
      const total = known + occurrences;
      await client.mergePatch(EVENTS, ref, seriesPatch(total, told.lastAtMs), this.#callOptions());
      told.total = total;
      told.pending -= occurrences;
    } catch (error) {
      if (!isKubeError(error, 'notFound')) throw error;
      // events live for an hour
      told.total = 0;
      told.pending = 1;
      await this.#create(told);
    }
  }

  #bucketOf({ regarding }: EventNote): TokenBucket {
    const make = () => new TokenBucket(this.#options.clock, BURST, REFILL_MS);
    return this.#buckets.getOrMake(regarding.uid, make);
  }

  #callOptions() {
    return { deadlineMs: CALL_MS, signal: this.#closing.signal };
  }

  #drop(reason: DropReason, why?: KubeErrorKind): void {
    this.#options.onDrop?.(reason, why);
  }
}

function firstTime(event: EventNote): Told {
  return { event, pending: 0, total: 0, lastAtMs: 0, queued: false };
}

/** The first one, then each time the count has doubled: a thousand repetitions are ten writes. */
function isWorthTelling({ pending, total }: Told): boolean {
  return total === undefined || pending >= total;
}
