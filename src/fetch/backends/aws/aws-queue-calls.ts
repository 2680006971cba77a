/**
 * Every request of an event queue to SQS. Owned by aws-event-queue.ts. The SDK is loaded with the first of them.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
 */
import type { SQS } from '@aws-sdk/client-sqs';
import { type Clock, deadline, type Random } from '../../../kube/clock.ts';
import type { RoundFailed } from '../polled-feed.ts';
import { type AwsVerdict, verdictOf } from './aws-answer.ts';
import { type AwsCredentials, signingIdentity } from './aws-credentials.ts';
import { type AwsReach, awsSettings, awsSockets, withoutTracing } from './aws-settings.ts';

export interface AwsQueueOptions extends AwsReach {
  /**
   * `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`. Only named in requests: they go to the region's own host or the
   * endpoint, whatever host stands in it.
   */
  readonly queueUrl: string;
  readonly credentials: AwsCredentials;
  readonly clock: Clock;
  readonly random: Random;
}

export interface QueueMessage {
  readonly body: string;
  /** by which it is deleted */
  readonly handle: string;
}

export interface Received {
  readonly kind: 'received';
  readonly messages: readonly QueueMessage[];
}

interface Call {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** A message that is not deleted comes again then: hints are handed on within milliseconds, deletion has ten seconds. */
export const VISIBILITY_S = 30;
const ON_THE_WAY_MS = 10_000;
/** What new keys may help against. */
const REFUSED: ReadonlySet<string> = new Set(['CredentialExpired', 'CredentialUnknown', 'SignatureInvalid']);
const MISSING = /^(?:QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/;

export class AwsQueueCalls {
  readonly #options: AwsQueueOptions;
  readonly #sockets;
  #client: Promise<SQS> | undefined;
  #fresh = false;

  constructor(options: AwsQueueOptions) {
    this.#options = options;
    this.#sockets = awsSockets(options);
  }

  /** Waits up to `waitSeconds` (20 at most) for the first message. Rejects only with the signal's reason. */
  async receive(
    { atMost, waitSeconds }: { readonly atMost: number; readonly waitSeconds: number },
    signal: AbortSignal,
  ): Promise<Received | RoundFailed> {
    const input = {
      QueueUrl: this.#options.queueUrl,
      MaxNumberOfMessages: atMost,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: VISIBILITY_S,
    };
    const call = { withinMs: waitSeconds * 1_000 + ON_THE_WAY_MS, signal };
    const answer = await this.#call(call, (sqs, abortSignal) => sqs.receiveMessage(input, { abortSignal }));
    if (answer.kind === 'failed') return answer;
    const messages = (answer.output.Messages ?? []).map(({ Body, ReceiptHandle }) => ({
      body: Body ?? '',
      handle: ReceiptHandle ?? '',
    }));
    return { kind: 'received', messages };
  }

  /** Ten at most. One that could not be deleted alone comes again, which is no failure. */
  async delete(
    messages: readonly QueueMessage[],
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'done' } | RoundFailed> {
    const Entries = messages.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle }));
    const input = { QueueUrl: this.#options.queueUrl, Entries };
    const call = { withinMs: ON_THE_WAY_MS, signal };
    const answer = await this.#call(call, (sqs, abortSignal) =>
      sqs.deleteMessageBatch(input, { abortSignal }),
    );
    return answer.kind === 'failed' ? answer : { kind: 'done' };
  }

  close(): void {
    this.#sockets.close();
  }

  /** Keys that are refused are asked for anew, once; whether those are good shows in the second attempt. */
  async #call<T>(call: Call, send: (sqs: SQS, signal: AbortSignal) => Promise<T>) {
    const first = await this.#attempt(call, send);
    if (first.kind === 'done' || !REFUSED.has(first.code)) return first;
    this.#fresh = true;
    return this.#attempt(call, send);
  }

  async #attempt<T>(
    { withinMs, signal }: Call,
    send: (sqs: SQS, signal: AbortSignal) => Promise<T>,
  ): Promise<{ readonly kind: 'done'; readonly output: T } | RoundFailed> {
    signal.throwIfAborted();
    const { clock, random } = this.#options;
    this.#client ??= this.#open();
    const client = await this.#client;
    using limit = deadline(clock, withinMs, signal);
    try {
      return { kind: 'done', output: await send(client, limit.signal) };
    } catch (error) {
      signal.throwIfAborted();
      return limit.expired ? { kind: 'failed', code: 'Timeout' } : failureOf(verdictOf(error, random));
    }
  }

  async #open(): Promise<SQS> {
    const sdk = await import('@aws-sdk/client-sqs');
    const settings = awsSettings(this.#options, this.#sockets);
    const client = new sdk.SQS({
      ...settings,
      // a long poll waits longer than any answer of Secrets Manager; the deadline above ends it
      requestHandler: { ...settings.requestHandler, requestTimeout: 0 },
      // the SDK would otherwise go wherever the queue's URL leads
      useQueueUrlAsEndpoint: false,
      // TLS protects the bodies, and one wrong sum would fail the nine other messages for ever
      md5: false,
      credentials: Object.assign(() => this.#identity(), { memoized: true }),
    });
    withoutTracing(client);
    return client;
  }

  async #identity() {
    const fresh = this.#fresh;
    this.#fresh = false;
    return signingIdentity(await this.#options.credentials({ fresh }));
  }
}

function failureOf(verdict: AwsVerdict): RoundFailed {
  switch (verdict.kind) {
    case 'denied':
    case 'undecryptable':
    case 'sourceRefused':
      return { kind: 'failed', code: 'Denied' };
    case 'throttled':
      return { kind: 'failed', code: 'Throttled', afterMs: verdict.afterMs };
    case 'notFound':
    case 'wrongState':
    case 'malformed':
    case 'exists':
    case 'identityUnavailable':
    case 'unavailable':
      return { kind: 'failed', code: MISSING.test(verdict.code) ? 'QueueMissing' : verdict.code };
  }
}
