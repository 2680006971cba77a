/**
 * What is known without values (versions, lists of keys), how long that counts, and who must hear when it changes.
 * One for versions and one for lists in each account.
 *
 * Whatever was ever asked is asked again by itself when its interval is over, so that a scope need not wake up to
 * find that nothing has changed; a difference is reported. What nobody has asked for in six hours is reported as
 * possibly changed and forgotten: who still needs it asks again.
 */
import type { Clock, Random } from '../kube/clock.ts';
import type { Asker } from './flight.ts';

export interface TrackerOptions<Q, A> {
  readonly clock: Clock;
  readonly random: Random;
  readonly keyOf: (query: Q) => string;
  readonly ask: (query: Q, asker: Asker) => Promise<A>;
  /** Equal texts for equal answers; undefined for an answer that says nothing about the secret. */
  readonly digest: (answer: A) => string | undefined;
  /** Whether an answer counts for the whole interval; others for ten seconds, since somebody waits for them to change. */
  readonly good: (answer: A) => boolean;
  readonly onChange: (query: Q) => void;
  readonly onLookup: (hit: boolean) => void;
}

interface Entry<Q, A> {
  readonly query: Q;
  /** the last one that said something */
  answer: A;
  freshUntil: number;
  /** when it is asked again by itself */
  dueAt: number;
  askedAt: number;
  intervalMs: number;
}

const BAD_NEWS_MS = 10_000;
const RETRY_MS = 30_000;
const LEASE_MS = 6 * 3_600_000;
// who asks together is asked again together, so that batches stay full: within a second
const TICK_MS = 1_000;
// 300 bytes each: 30 MB
const MAX_ENTRIES = 100_000;
const OWN_TENANT = '';

export class TrackedAnswers<Q, A> {
  readonly #options: TrackerOptions<Q, A>;
  readonly #entries = new Map<string, Entry<Q, A>>();
  /** questions under way; outdated ones are not kept */
  readonly #asking = new Set<{ readonly query: Q; outdated: boolean }>();
  readonly #closing = new AbortController();
  #cancelTick: (() => void) | undefined;

  constructor(options: TrackerOptions<Q, A>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The answer that still counts, or a new one. `intervalMs` is the shortest that anybody has asked for. */
  async get(query: Q, asker: Asker, intervalMs: number): Promise<A> {
    const { clock, keyOf, onLookup } = this.#options;
    const now = clock.monotonic();
    const entry = this.#entries.get(keyOf(query));
    if (entry) entry.askedAt = now;
    if (entry) entry.intervalMs = Math.min(entry.intervalMs, intervalMs);
    const hit = entry !== undefined && now < entry.freshUntil;
    onLookup(hit);
    return hit ? entry.answer : this.#ask(query, asker, intervalMs);
  }

  /** Something changed: what is known, and what is being asked at this moment, is too old from now on. */
  outdate(matches: (query: Q) => boolean): void {
    for (const entry of this.#entries.values()) if (matches(entry.query)) entry.freshUntil = 0;
    for (const question of this.#asking) if (matches(question.query)) question.outdated = true;
  }

  /** Somebody saw another answer than the one kept: ask again, and say so if it is true. */
  doubt(query: Q): void {
    const entry = this.#entries.get(this.#options.keyOf(query));
    if (!entry) return;
    entry.freshUntil = 0;
    entry.dueAt = this.#options.clock.monotonic();
  }

  close(): void {
    this.#closing.abort();
    this.#cancelTick?.();
    this.#entries.clear();
  }

  async #ask(query: Q, asker: Asker, intervalMs: number): Promise<A> {
    const question = { query, outdated: false };
    this.#asking.add(question);
    try {
      const answer = await this.#options.ask(query, asker);
      this.#learn(question, answer, intervalMs);
      return answer;
    } finally {
      this.#asking.delete(question);
    }
  }

  #learn({ query, outdated }: { query: Q; outdated: boolean }, answer: A, intervalMs: number): void {
    const { clock, digest, keyOf, good, onChange } = this.#options;
    if (this.#closing.signal.aborted || digest(answer) === undefined) return;
    const now = clock.monotonic();
    const known = this.#entries.get(keyOf(query));
    const entry = known ?? this.#add(query, answer, now, intervalMs);
    if (!entry) return;
    const changed = digest(entry.answer) !== digest(answer);
    entry.answer = answer;
    const lastsMs = this.#jittered(entry.intervalMs);
    entry.dueAt = now + (outdated ? 0 : lastsMs);
    entry.freshUntil = outdated ? 0 : now + (good(answer) ? lastsMs : Math.min(lastsMs, BAD_NEWS_MS));
    this.#cancelTick ??= clock.after(TICK_MS, () => this.#tick());
    if (changed) onChange(query);
  }

  #add(query: Q, answer: A, now: number, intervalMs: number): Entry<Q, A> | undefined {
    if (this.#entries.size >= MAX_ENTRIES) return undefined;
    const entry = { query, answer, freshUntil: 0, dueAt: 0, askedAt: now, intervalMs };
    this.#entries.set(this.#options.keyOf(query), entry);
    return entry;
  }

  #tick(): void {
    const { clock, onChange } = this.#options;
    const now = clock.monotonic();
    for (const [key, entry] of this.#entries) {
      if (entry.dueAt > now) continue;
      if (now - entry.askedAt >= LEASE_MS) {
        this.#entries.delete(key);
        onChange(entry.query);
      } else this.#askAgain(entry, now);
    }
    this.#cancelTick = this.#entries.size === 0 ? undefined : clock.after(TICK_MS, () => this.#tick());
  }

  #askAgain(entry: Entry<Q, A>, now: number): void {
    // until there is an answer; learning one sets it anew
    entry.dueAt = now + Math.max(RETRY_MS, this.#jittered(entry.intervalMs));
    const asker = { tenant: OWN_TENANT, signal: this.#closing.signal };
    void this.#ask(entry.query, asker, entry.intervalMs);
  }

  /** ± 10 %: what was learned together need not be asked together for ever. */
  #jittered(ms: number): number {
    return ms * (0.9 + 0.2 * this.#options.random());
  }
}
