/**
 * The loop below every feed that is asked for its events: one question at a time, a pause after each, back-off where
 * there is no answer, and whether it is live. Owned by the feed of one cloud, which asks the questions.
 */
import { type Clock, deadline, type Random, sleep } from '../../kube/clock.ts';
import { className } from '../bounded-call.ts';
import type { ChangeFeed } from './change-feed.ts';
import { HintGate } from './hint-flood.ts';

export interface RoundFailed {
  readonly kind: 'failed';
  /** one word */
  readonly code: string;
  /** what the provider wishes */
  readonly afterMs?: number;
}

/** What came of one question. */
export type FeedRound =
  /** what was received has been offered, and taken off; `pauseMs` before the next */
  { readonly kind: 'answered'; readonly pauseMs: number } | RoundFailed;

export interface PolledFeedOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Offers what it receives, then takes it off. Rejects only with the signal's reason. */
  readonly round: (hints: HintGate, signal: AbortSignal) => Promise<FeedRound>;
  /** closes what the questions went through */
  readonly release: () => void;
}

// full answers are 10 messages at AWS: 5 a second are 50 messages, as many as its quota lets secrets be written; 50
// bodies of 256 KB are 13 MB to parse, a tenth of a second
const MIN_ROUND_MS = 200;
// Google's pull and what acknowledges it, 110 s, each a second time with a new token, and 20 s to exchange that
const MAX_ROUND_MS = 240_000;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;
const LONGEST_WISH_MS = 300_000;

/**
 * Milliseconds until a feed that failed `failures` times in a row, from 1, is asked again: full jitter above a second,
 * so that it never spins. Slower than backoff.ts, for nobody waits: 100 feeds that fail for good are 3 requests a second.
 */
export function feedRetryMs(failures: number, random: number, wishMs = 0): number {
  const ownMs = RETRY_BASE_MS + random * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (failures - 1));
  return Math.max(ownMs, Math.min(wishMs, LONGEST_WISH_MS));
}

export class PolledFeed implements ChangeFeed {
  readonly #options: PolledFeedOptions;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(live: boolean, code: string) => void>();
  #live = false;
  #code = '';
  #loop: Promise<void> | undefined;

  constructor(options: PolledFeedOptions) {
    this.#options = options;
  }

  get live(): boolean {
    return this.#live;
  }

  onLive(listener: (live: boolean, code: string) => void): void {
    this.#listeners.add(listener);
  }

  watch(onChange: (key: string | undefined) => void): () => void {
    if (this.#closing.signal.aborted) return () => undefined;
    this.#loop = this.#run(new HintGate({ clock: this.#options.clock, onHint: onChange }));
    return () => this.#stop();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#loop;
    this.#options.release();
  }

  #stop(): void {
    this.#live = false;
    this.#closing.abort();
  }

  async #run(hints: HintGate): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#closing;
    signal.addEventListener('abort', () => hints.close());
    let failures = 0;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const round = await this.#round(hints, signal);
      if (signal.aborted) return;
      failures = round.kind === 'failed' ? failures + 1 : 0;
      this.#tell(round);
      const pauseMs =
        round.kind === 'failed' ? feedRetryMs(failures, random(), round.afterMs) : round.pauseMs;
      await sleep(clock, Math.max(pauseMs, MIN_ROUND_MS - (clock.monotonic() - began)), signal);
    }
  }

  async #round(hints: HintGate, signal: AbortSignal): Promise<FeedRound> {
    using limit = deadline(this.#options.clock, MAX_ROUND_MS, signal);
    try {
      return await unlessAborted(this.#options.round(hints, limit.signal), limit.signal);
    } catch (error) {
      // a bug, unless it was aborted: the feed says so and goes on, for a loop that ended would look like silence
      return { kind: 'failed', code: limit.expired ? 'Timeout' : className(error) };
    }
  }

  #tell(round: FeedRound): void {
    const live = round.kind === 'answered';
    const code = round.kind === 'answered' ? 'Answered' : round.code;
    if (live === this.#live && code === this.#code) return;
    this.#live = live;
    this.#code = code;
    for (const listener of this.#listeners) listener(live, code);
  }
}

/** An identity that is being exchanged cannot be told to stop: nobody waits for it longer than that. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
  });
}
