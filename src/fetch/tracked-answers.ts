/**
 * What is known without values (versions, lists of keys), how long that counts, and who must hear when it changes.
 * One for versions and one for lists in each account.
 *
 * Whatever was ever asked is asked again by itself when its time is over, so that a scope need not wake up to find that
 * nothing has changed; a difference is reported. What nobody has asked for in six hours is reported as possibly
 * changed: who still needs it asks, and is answered from here. Ten minutes later it is forgotten.
 */
import type { Asker } from './flight.ts';
import type { Ask, Entry, TrackerOptions, Verdict } from './tracked-entry.ts';

export type { Verdict } from './tracked-entry.ts';

const BAD_NEWS_MS = 10_000;
const RETRY_MS = 30_000;
const LEASE_MS = 6 * 3_600_000;
// who is told answers within minutes; a reconcile may wait behind others
const CALL_MS = 600_000;
// who asks together is asked again together, so that batches stay full: within a second
const TICK_MS = 1_000;
// 300 bytes each: 30 MB
const MAX_ENTRIES = 100_000;
const OWN_TENANT = '';

export class TrackedAnswers<Q, A> {
  readonly #options: TrackerOptions<Q, A>;
  readonly #entries = new Map<string, Entry<Q, A>>();
  /** questions under way; outdated ones are not kept */
  readonly #asking = new Set<{ readonly query: Q; readonly at: number; outdated: boolean }>();
  /** how many of these are about what is not known yet */
  #newcomers = 0;
  readonly #closing = new AbortController();
  #cancelTick: (() => void) | undefined;

  constructor(options: TrackerOptions<Q, A>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What was answered last, whether or not it still counts, and when that was true, as far as is known. */
  known(query: Q): Pick<Entry<Q, A>, 'answer' | 'verifiedAt'> | undefined {
    return this.#entries.get(this.#options.keyOf(query));
  }

  /** The answers to whatever matches. */
  answersTo(matches: (query: Q) => boolean): A[] {
    return [...this.#entries.values()].flatMap(({ query, answer }) => (matches(query) ? [answer] : []));
  }

  /** What is known, and what is being asked. */
  get wanted(): number {
    return this.#entries.size + this.#newcomers;
  }

  /** The answer that still counts, or a new one; `by` where it is asked for in another way than usual. */
  async get(query: Q, asker: Asker, by: Ask<Q, A> = this.#options.ask): Promise<A> {
    const { clock, keyOf, onLookup } = this.#options;
    const now = clock.monotonic();
    const entry = this.#entries.get(keyOf(query));
    if (entry) {
      entry.askedAt = now;
      entry.called = false;
    }
    const hit = entry !== undefined && now < entry.freshUntil;
    onLookup(hit);
    return hit ? entry.answer : this.#ask(query, asker, entry?.doubted === true, by);
  }

  /** A look at the provider, and what it says of each thing known. `at` is when it began. */
  review(judge: (query: Q, answer: A, verifiedAt: number) => Verdict, at: number): void {
    for (const entry of this.#entries.values()) {
      const verdict = judge(entry.query, entry.answer, entry.verifiedAt);
      if (verdict === 'doubtful') this.#mistrust(entry);
      if (verdict === 'true' && !entry.doubted) {
        entry.verifiedAt = at;
        this.#extend(entry, at);
      }
    }
  }

  /** `lasts` says less than before: what was planned for later comes earlier. */
  replan(): void {
    const now = this.#options.clock.monotonic();
    for (const entry of this.#entries.values()) {
      const latest = now + this.#jittered(this.#options.lasts(entry.query));
      entry.dueAt = Math.min(entry.dueAt, latest);
      entry.freshUntil = Math.min(entry.freshUntil, latest);
    }
  }

  /** Something changed: what is known, and what is being asked at this moment, is too old from now on. */
  outdate(matches: (query: Q) => boolean): void {
    for (const entry of this.#entries.values()) {
      if (!matches(entry.query)) continue;
      entry.freshUntil = 0;
      entry.doubted = true;
    }
    for (const question of this.#asking) if (matches(question.query)) question.outdated = true;
  }

  /** Somebody was given another answer than the one kept: ask again, and say so if either was wrong. */
  doubt(query: Q, given: A): void {
    const entry = this.#entries.get(this.#options.keyOf(query));
    if (!entry) return;
    entry.given = this.#options.digest(given);
    this.#mistrust(entry);
  }

  /** The answer is known without asking, and newer than whatever is being asked. Says nothing to anybody. */
  learn(matches: (query: Q) => boolean, answer: A): void {
    const now = this.#options.clock.monotonic();
    for (const entry of this.#entries.values()) {
      if (!matches(entry.query)) continue;
      Object.assign(entry, { answer, verifiedAt: now, doubted: false, given: undefined });
      this.#extend(entry, now);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#cancelTick?.();
    this.#entries.clear();
  }

  async #ask(query: Q, asker: Asker, doubted: boolean, by = this.#options.ask): Promise<A> {
    const question = { query, at: this.#options.clock.monotonic(), outdated: false };
    const isNew = !this.#entries.has(this.#options.keyOf(query));
    this.#asking.add(question);
    if (isNew) this.#newcomers++;
    try {
      const answer = await by(query, asker, doubted);
      this.#learn(question, answer);
      return answer;
    } finally {
      this.#asking.delete(question);
      if (isNew) this.#newcomers--;
    }
  }

  #learn({ query, at, outdated }: { query: Q; at: number; outdated: boolean }, answer: A): void {
    const { clock, digest, keyOf, onChange } = this.#options;
    if (this.#closing.signal.aborted || digest(answer) === undefined) return;
    const now = clock.monotonic();
    const known = this.#entries.get(keyOf(query));
    // asked before something changed, and what is kept was learned since
    if (known && outdated && !known.doubted && known.verifiedAt > at) return;
    const entry = known ?? this.#add(query, answer, now);
    if (!entry) return;
    const told = [digest(entry.answer), entry.given ?? digest(answer)];
    const changed = told.some((each) => each !== digest(answer));
    entry.answer = answer;
    entry.given = undefined;
    entry.verifiedAt = at;
    entry.doubted = outdated;
    if (outdated) this.#mistrust(entry);
    else this.#extend(entry, now);
    this.#cancelTick ??= clock.after(TICK_MS, () => this.#tick());
    if (changed) onChange(query);
  }

  #extend(entry: Entry<Q, A>, now: number): void {
    const { lasts, good } = this.#options;
    const lastsMs = this.#jittered(lasts(entry.query));
    entry.dueAt = now + lastsMs;
    entry.freshUntil = now + (good(entry.answer) ? lastsMs : Math.min(lastsMs, BAD_NEWS_MS));
  }

  #mistrust(entry: Entry<Q, A>): void {
    entry.doubted = true;
    entry.freshUntil = 0;
    entry.dueAt = this.#options.clock.monotonic();
  }

  #add(query: Q, answer: A, now: number): Entry<Q, A> | undefined {
    if (this.#entries.size >= MAX_ENTRIES) return undefined;
    const times = { verifiedAt: now, freshUntil: 0, dueAt: 0, askedAt: now };
    const entry = { query, answer, ...times, doubted: false, called: false };
    this.#entries.set(this.#options.keyOf(query), entry);
    return entry;
  }

  #tick(): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    for (const [key, entry] of this.#entries) {
      if (now - entry.askedAt >= LEASE_MS && this.#isForgotten(key, entry, now)) continue;
      if (entry.dueAt <= now) this.#askAgain(entry, now);
    }
    this.#cancelTick = this.#entries.size === 0 ? undefined : clock.after(TICK_MS, () => this.#tick());
  }

  /** Whoever still needs it hears once, and asks; that costs no call. */
  #isForgotten(key: string, entry: Entry<Q, A>, now: number): boolean {
    if (!entry.called) {
      entry.called = true;
      this.#options.onChange(entry.query);
    }
    const isOver = now - entry.askedAt >= LEASE_MS + CALL_MS;
    if (isOver) this.#entries.delete(key);
    return isOver;
  }

  #askAgain(entry: Entry<Q, A>, now: number): void {
    // until there is an answer; learning one sets it anew
    entry.dueAt = now + Math.max(RETRY_MS, this.#jittered(this.#options.lasts(entry.query)));
    const asker = { tenant: OWN_TENANT, signal: this.#closing.signal };
    void this.#ask(entry.query, asker, entry.doubted);
  }

  /** ± 10 %: what was learned together need not be asked together for ever. */
  #jittered(ms: number): number {
    return ms * (0.9 + 0.2 * this.#options.random());
  }
}
