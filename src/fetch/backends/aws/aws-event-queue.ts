/**
 * Changes of secrets at AWS as EventBridge reports them to a queue of SQS. The queue is the user's: a rule sends it the
 * events of aws.secretsmanager, and nobody else reads it.
 *
 * Rights it needs: sqs:ReceiveMessage and sqs:DeleteMessage on the queue; kms:Decrypt where the queue has a key of the
 * customer's own.
 */
import type { ChangeFeed } from '../change-feed.ts';
import type { HintGate } from '../hint-flood.ts';
import { type FeedRound, PolledFeed } from '../polled-feed.ts';
import { AwsQueueCalls, type AwsQueueOptions, VISIBILITY_S } from './aws-queue-calls.ts';
import { changedKeys } from './aws-secret-event.ts';

export type AwsEventQueueOptions = AwsQueueOptions;

// the most that SQS allows of both
const LONG_POLL_S = 20;
const BATCH = 10;
// twice as long as what was received in vain stays out of sight
const ONE_BY_ONE_MS = 2 * VISIBILITY_S * 1_000;
// an empty answer that did not wait
const HASTE_MS = 1_000;
// FIFO queues end so
const QUEUE_URL = /^https?:\/\/[A-Za-z0-9.:[\]-]{1,255}\/[0-9]{12}\/[A-Za-z0-9_-]{1,80}(?:\.fifo)?$/;

export class AwsEventQueue implements ChangeFeed {
  readonly #options: AwsEventQueueOptions;
  readonly #calls: AwsQueueCalls;
  readonly #feed: PolledFeed;
  /** false: the first question after silence does not wait, so that its answer is there at once */
  #answering = false;
  #oneByOneUntil = Number.NEGATIVE_INFINITY;
  #ignored = 0;

  constructor(options: AwsEventQueueOptions) {
    if (!QUEUE_URL.test(options.queueUrl)) throw new TypeError('not the URL of a queue of SQS');
    this.#options = options;
    this.#calls = new AwsQueueCalls(options);
    this.#feed = new PolledFeed({
      ...options,
      round: (hints, signal) => this.#round(hints, signal),
      release: () => this.#calls.close(),
    });
  }

  get live(): boolean {
    return this.#feed.live;
  }

  /** Messages that were no event of a secret in this region, and were deleted. */
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
    const waitSeconds = this.#answering ? LONG_POLL_S : 0;
    const atMost = began < this.#oneByOneUntil ? 1 : BATCH;
    const received = await this.#calls.receive({ atMost, waitSeconds }, signal);
    if (received.kind === 'failed') return this.#failed(received.code, received.afterMs);
    const { messages } = received;
    this.#answering = true;
    // for whoever does not know how to wait
    const hasteMs = waitSeconds === 0 ? 0 : HASTE_MS - (clock.monotonic() - began);
    if (messages.length === 0) return { kind: 'answered', pauseMs: hasteMs };
    for (const { body } of messages) this.#handOn(body, hints);
    // what a process forgets when it dies between the two it asks for when it starts
    const deleted = await this.#calls.delete(messages, signal);
    return deleted.kind === 'failed'
      ? this.#failed(deleted.code, deleted.afterMs)
      : { kind: 'answered', pauseMs: 0 };
  }

  #handOn(body: string, hints: HintGate): void {
    const keys = changedKeys(body, this.#options.region);
    if (keys.length === 0) this.#ignored++;
    for (const key of keys) hints.offer(key);
  }

  #failed(code: string, afterMs = 0): FeedRound {
    this.#answering = false;
    // 10 messages of 1 MiB are more than an answer may have; alone, even one of nothing but escapes fits
    if (code === 'AnswerTooLarge') this.#oneByOneUntil = this.#options.clock.monotonic() + ONE_BY_ONE_MS;
    return { kind: 'failed', code, afterMs };
  }
}
