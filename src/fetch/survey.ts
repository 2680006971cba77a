/**
 * One look at a whole account instead of a question for each key. Owned by what an account knows (knowledge.ts), where
 * the provider's list is cheap enough: AWS lists 100 secrets a call, Azure 25.
 *
 * Truth stays with `describe`: a list may lag, so what differs between two looks is described, and so is what a look
 * does not show. A look that costs more calls than its keys do is not taken again.
 */
import type { Clock, Random } from '../kube/clock.ts';
import type { Refusal, SurveyEntry, SurveyPage } from './port.ts';

export interface SurveyOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly page: (cursor: string | undefined) => Promise<SurveyPage | Refusal>;
  /** Keys that would have to be asked for one by one. */
  readonly keys: () => number;
  /** After how long the next look is due, milliseconds. */
  readonly lasts: () => number;
  readonly onTaken: (look: Look) => void;
}

/** What one look showed, beside the one before. Times are of the steady clock. */
export interface Look {
  /** what was asked for later is at least as new */
  readonly begunAt: number;
  readonly entries: ReadonlyMap<string, SurveyEntry>;
  /** when the look before began that showed the key with the same mark; undefined where none did */
  readonly sameSince: (key: string) => number | undefined;
}

// fewer are described faster than a page is listed
const FEW_KEYS = 5;
// so many calls too many are risked to learn how large an account is
const PAGES_FOR_A_KEY = 20;
// described one by one until then: where it may not be taken, or is not worth it; and where it failed for once
const SELDOM_MS = 3_600_000;
const SOON_MS = 60_000;
// a new key is answered from a look that is as young as this, and described otherwise
const YOUNG_MS = 60_000;
// until the one after is there: it may be late by a tenth, and takes 100 s for 50,000 secrets of a vault
const OVERLAP = 2;

export class Survey {
  readonly #options: SurveyOptions;
  #last: Look | undefined;
  #pages = 0;
  #takenAt = Number.NEGATIVE_INFINITY;
  #goodUntil = 0;
  #notBefore = 0;
  #running: Promise<void> | undefined;
  #cancelNext: (() => void) | undefined;
  #closed = false;

  constructor(options: SurveyOptions) {
    this.#options = options;
  }

  /** Whether the last look still vouches for what it showed. */
  get counts(): boolean {
    return this.#options.clock.monotonic() < this.#goodUntil;
  }

  /** Whether the last look vouches for this key. */
  vouchesFor(key: string): boolean {
    return this.counts && this.#last?.entries.has(key) === true;
  }

  /** The current version by a young look, after the one that is under way; undefined: describe it. */
  async versionOf(key: string, knownAt = Number.NEGATIVE_INFINITY): Promise<string | undefined> {
    // whoever asks in the same breath is counted
    await Promise.resolve();
    this.begin();
    await this.#running;
    const age = this.#options.clock.monotonic() - this.#takenAt;
    // what was asked for since then is newer than the list
    if (age > YOUNG_MS || this.#last === undefined || this.#last.begunAt <= knownAt) return undefined;
    return this.#last.entries.get(key)?.version;
  }

  /** Takes a look if none counts and it is likely to be worth its calls. */
  begin(): void {
    if (!this.counts && this.#isWorthwhile()) this.#take();
  }

  /** What was planned for longer than `lasts` says now is done earlier. */
  replan(): void {
    if (this.#last) this.#planNext(this.#last.begunAt);
  }

  close(): void {
    this.#closed = true;
    this.#cancelNext?.();
    this.#last = undefined;
    this.#goodUntil = 0;
  }

  #isWorthwhile(): boolean {
    const { clock, keys } = this.#options;
    return !this.#closed && keys() > Math.max(FEW_KEYS, this.#pages) && clock.monotonic() >= this.#notBefore;
  }

  #take(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    const { clock, onTaken } = this.#options;
    const begunAt = clock.monotonic();
    const entries = await this.#entries();
    if (this.#closed) return;
    if (!(entries instanceof Map)) {
      this.#notBefore = clock.monotonic() + (entries === 'once more' ? SOON_MS : SELDOM_MS);
      return;
    }
    const before = this.#last;
    const sameSince = (key: string) => {
      const mark = before?.entries.get(key)?.mark;
      return mark !== undefined && mark === entries.get(key)?.mark ? before?.begunAt : undefined;
    };
    this.#last = { begunAt, entries, sameSince };
    this.#takenAt = clock.monotonic();
    this.#planNext(begunAt);
    onTaken(this.#last);
  }

  /** `seldom` when it may not be taken, or when the account is far larger than what is wanted of it. */
  async #entries(): Promise<Map<string, SurveyEntry> | 'seldom' | 'once more'> {
    const { page, keys } = this.#options;
    const entries = new Map<string, SurveyEntry>();
    let next: string | undefined;
    for (let pages = 1; ; pages++) {
      const answer = await page(next);
      if (this.#closed || answer.kind === 'denied') return 'seldom';
      if (answer.kind !== 'page') return 'once more';
      for (const entry of answer.entries) entries.set(entry.key, entry);
      this.#pages = pages;
      next = answer.next;
      if (next === undefined) return entries;
      if (pages >= PAGES_FOR_A_KEY * keys()) return 'seldom';
    }
  }

  #planNext(begunAt: number): void {
    const { clock, random, lasts } = this.#options;
    // from here on one look answers for all, and `lasts` asks whether it does
    this.#goodUntil = Number.POSITIVE_INFINITY;
    const ms = lasts() * (0.9 + 0.2 * random());
    this.#goodUntil = begunAt + lasts() * OVERLAP;
    this.#cancelNext?.();
    this.#cancelNext = clock.after(Math.max(0, begunAt + ms - clock.monotonic()), () => {
      if (this.#isWorthwhile()) this.#take();
    });
  }
}
