/**
 * Changes of secrets at Google as Secret Manager publishes them. Topic and subscription are the user's: the secrets name
 * the topic, and nobody else pulls from the subscription.
 *
 * Right it needs: pubsub.subscriptions.consume on the subscription (roles/pubsub.subscriber).
 */
import type { Random } from '../../../kube/clock.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { HintGate } from '../hint-flood.ts';
import { type FeedRound, PolledFeed } from '../polled-feed.ts';
import { isPlace } from './gcp-names.ts';
import { GcpPubsubCalls, type GcpPubsubOptions, type Pulled } from './gcp-pubsub-calls.ts';

export interface GcpSubscriptionOptions extends GcpPubsubOptions {
  readonly random: Random;
}

// one pull a second of 50 is five times what a project's quota of 600 writes a minute lets change
const BATCH = 50;
const MIN_PAUSE_MS = 1_000;
// longer than what was pulled in vain may stay out of sight, which is up to 600 s
const ONE_BY_ONE_MS = 660_000;
// with the second above, five: 100 silent subscriptions are 33 requests a second, if Google does not let them wait
const MAX_EXTRA_MS = 4_000;
const FIRST_EXTRA_MS = 500;
// https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
const NAME = /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;

/** Milliseconds from one empty answer to the next pull, after `silent` of them in a row, from 1. */
export function silencePauseMs(silent: number, random: number): number {
  return MIN_PAUSE_MS + random * Math.min(MAX_EXTRA_MS, FIRST_EXTRA_MS * 2 ** (silent - 1));
}

export class GcpSubscription implements ChangeFeed {
  readonly #options: GcpSubscriptionOptions;
  readonly #calls: GcpPubsubCalls;
  readonly #feed: PolledFeed;
  /** false: the first pull after silence does not wait, so that its answer is there at once */
  #answering = false;
  #oneByOneUntil = Number.NEGATIVE_INFINITY;
  #silent = 0;
  #ignored = 0;

  constructor(options: GcpSubscriptionOptions) {
    if (!isPlace({ project: options.project })) throw new TypeError('not a project of Google');
    if (!NAME.test(options.subscription)) throw new TypeError('not the name of a subscription');
    this.#options = options;
    this.#calls = new GcpPubsubCalls(options);
    this.#feed = new PolledFeed({
      ...options,
      round: (hints, signal) => this.#round(hints, signal),
      // the agent is whoever's made it
      release: () => undefined,
    });
  }

  get live(): boolean {
    return this.#feed.live;
  }

  /** Messages that were no event of a secret, and were acknowledged. */
  get ignored(): number {
    return this.#ignored;
  }

  onLive(listener: (live: boolean, code: string) => void): void {
    this.#feed.onLive(listener);
  }

  watch(onChange: (key: string | undefined) => void): () => void {
    return this.#feed.watch(onChange);
  }

  close(): Promise<void> {
    return this.#feed.close();
  }

  async #round(hints: HintGate, signal: AbortSignal): Promise<FeedRound> {
    const { clock } = this.#options;
    const began = clock.monotonic();
    const atMost = began < this.#oneByOneUntil ? 1 : BATCH;
    const pulled = await this.#calls.pull({ atMost, atOnce: !this.#answering }, signal);
    if (pulled.kind === 'failed') return this.#failed(pulled.code, pulled.afterMs);
    this.#answering = true;
    if (pulled.messages.length === 0) return this.#heardNothing(clock.monotonic() - began);
    this.#silent = 0;
    this.#handOn(pulled, hints);
    // what a process forgets when it dies between the two it asks for when it starts
    const done = await this.#calls.acknowledge(pulled.messages, signal);
    return done.kind === 'failed'
      ? this.#failed(done.code, done.afterMs)
      : { kind: 'answered', pauseMs: atMost === 1 ? 0 : MIN_PAUSE_MS };
  }

  #handOn({ messages }: Pulled, hints: HintGate): void {
    for (const { key } of messages) {
      if (key === undefined) this.#ignored++;
      else hints.offer(key);
    }
  }

  /** A pull that waited has paused already. */
  #heardNothing(tookMs: number): FeedRound {
    this.#silent = tookMs < MIN_PAUSE_MS ? this.#silent + 1 : 1;
    return { kind: 'answered', pauseMs: silencePauseMs(this.#silent, this.#options.random()) - tookMs };
  }

  #failed(code: string, afterMs = 0): FeedRound {
    this.#answering = false;
    // as messages may have 10 MB; alone, one of 6 MB fits
    if (code === 'AnswerTooLarge') this.#oneByOneUntil = this.#options.clock.monotonic() + ONE_BY_ONE_MS;
    return { kind: 'failed', code, afterMs };
  }
}
