/**
 * Every request of a subscription to Pub/Sub, in its REST form. Owned by gcp-subscription.ts. Google's library for it
 * opens streams of its own, over connections that nobody checks.
 *
 * https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/pull
 * https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/acknowledge
 */
import type { Agent } from 'node:https';
import { type Clock, deadline } from '../../../kube/clock.ts';
import { bearer, type Freshness, type TokenSource } from '../../../kube/kube-endpoint.ts';
import type { Refusal } from '../../port.ts';
import { LoginFailed } from '../account-login.ts';
import type { RoundFailed } from '../polled-feed.ts';
import { type HttpsReply, objectIn, postOver, socketCode } from './gcp-https-request.ts';
import { type GcpNotification, notificationsIn } from './gcp-notification.ts';

export interface GcpPubsubOptions {
  /** where the subscription is: an id, or a number */
  readonly project: string;
  /** its name in the project */
  readonly subscription: string;
  /** as GcpWorkloadIdentity and GcpServiceAccountKey hand it out; rejects with LoginFailed */
  readonly token: TokenSource;
  /** the outbound connector's, for the host below; closed by whoever made it */
  readonly agent: Agent;
  readonly clock: Clock;
  /** `https://pubsub.googleapis.com`, unless a test stands in for it */
  readonly host?: string | undefined;
}

export interface Pulled {
  readonly kind: 'pulled';
  readonly messages: readonly GcpNotification[];
}

interface Call {
  readonly method: 'pull' | 'acknowledge';
  readonly body: object;
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

type HttpsHeaders = Readonly<Record<string, string | string[]>>;
type Answered = { readonly kind: 'answered'; readonly fields: unknown } | RoundFailed;

const HOST = 'https://pubsub.googleapis.com';
// Google lets a pull wait for some 90 seconds: https://github.com/googleapis/google-cloud-node/issues/980
const PULL_MS = 100_000;
const ACKNOWLEDGE_MS = 10_000;
// what answer-guard.ts lets through; 50 notifications, each with 32 kB of labels and annotations, are 2.2 MB in base64
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
// quotas are counted by the minute
const THROTTLED_MS = 10_000;

export class GcpPubsubCalls {
  readonly #options: GcpPubsubOptions;
  readonly #url: string;
  readonly #identity: (freshness: Freshness) => Promise<{ readonly headers: HttpsHeaders }>;

  constructor(options: GcpPubsubOptions) {
    const { project, subscription, token, host = HOST } = options;
    this.#options = options;
    const path = `projects/${encodeURIComponent(project)}/subscriptions/${encodeURIComponent(subscription)}`;
    this.#url = `${host}/v1/${path}`;
    this.#identity = bearer(token);
  }

  /** `atOnce` does not wait for a message. Rejects only with the signal's reason. */
  async pull(
    { atMost, atOnce }: { readonly atMost: number; readonly atOnce: boolean },
    signal: AbortSignal,
  ): Promise<Pulled | RoundFailed> {
    const body = { maxMessages: atMost, ...(atOnce && { returnImmediately: true }) };
    const answer = await this.#call({ method: 'pull', body, withinMs: PULL_MS, signal });
    if (answer.kind === 'failed') return answer;
    const messages = notificationsIn(answer.fields);
    return messages ? { kind: 'pulled', messages } : { kind: 'failed', code: 'BadAnswer' };
  }

  async acknowledge(
    messages: readonly GcpNotification[],
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'done' } | RoundFailed> {
    const body = { ackIds: messages.map(({ ackId }) => ackId) };
    const answer = await this.#call({ method: 'acknowledge', body, withinMs: ACKNOWLEDGE_MS, signal });
    return answer.kind === 'failed' ? answer : { kind: 'done' };
  }

  /** A token that is refused is asked for anew, once. */
  async #call(call: Call): Promise<Answered> {
    const first = await this.#attempt(call, { fresh: false });
    const refused = first.kind === 'failed' && first.code === UNAUTHENTICATED;
    return refused ? this.#attempt(call, { fresh: true }) : first;
  }

  async #attempt({ method, body, withinMs, signal }: Call, freshness: Freshness): Promise<Answered> {
    signal.throwIfAborted();
    using limit = deadline(this.#options.clock, withinMs, signal);
    try {
      const { headers } = await this.#login(freshness);
      const order = {
        url: `${this.#url}:${method}`,
        headers: { ...headers, 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(body)),
        maxAnswerBytes: MAX_ANSWER_BYTES,
      };
      return answerIn(await postOver(this.#options.agent, order, limit.signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LoginFailed) return loginFailure(error.answer);
      return { kind: 'failed', code: limit.expired ? 'Timeout' : socketCode(error) };
    }
  }

  async #login(freshness: Freshness): Promise<{ readonly headers: HttpsHeaders }> {
    try {
      return await this.#identity(freshness);
    } catch (error) {
      if (error instanceof LoginFailed) throw error;
      throw new LoginFailed({ kind: 'identityUnavailable', code: 'TokenFailed' });
    }
  }
}

const UNAUTHENTICATED = 'Unauthenticated';
/** Google's own word for a status, without which the answer is somebody else's. https://cloud.google.com/apis/design/errors */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['UNAUTHENTICATED', UNAUTHENTICATED],
  ['PERMISSION_DENIED', 'Denied'],
  ['NOT_FOUND', 'SubscriptionMissing'],
]);

function answerIn({ status, retryAfter, body }: HttpsReply): Answered {
  const fields = objectIn(body);
  if (status === 200) return fields ? { kind: 'answered', fields } : { kind: 'failed', code: 'BadAnswer' };
  if (status === 429) return { kind: 'failed', code: 'Throttled', afterMs: wishOf(retryAfter) };
  const error = fields?.['error'];
  const word = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return { kind: 'failed', code: WORDS.get(word) ?? `PubSub${status}` };
}

function wishOf(retryAfter: string | undefined): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : THROTTLED_MS;
}

function loginFailure(answer: Refusal): RoundFailed {
  switch (answer.kind) {
    case 'denied':
    case 'sourceRefused':
      return { kind: 'failed', code: 'Denied' };
    case 'throttled':
      return { kind: 'failed', code: 'Throttled', afterMs: answer.afterMs };
    case 'identityUnavailable':
    case 'unavailable':
      return { kind: 'failed', code: answer.code };
  }
}
