/** For tests of webhooks: a receiver, a request, and a sender that may reach the one with the other. */
import { onTestFinished } from 'vitest';
import { type ReceiverOptions, WebhookReceiver } from '../../../test/scenarios-support/webhook-receiver.ts';
import { type Clock, systemClock } from '../../kube/clock.ts';
import { SecretValue } from '../../model/secret-value.ts';
import type { PostOutcome, WebhookRequest } from '../../model/webhook.ts';
import {
  type Client,
  type OutboundAgents,
  OutboundConnector,
  type OutboundOptions,
} from './outbound-connector.ts';
import { webhookPoster } from './post-webhook.ts';

export const BODY = '{"event":"Rotated","v":"p\\"w\\\\1\\n2","하":"é"}';

const FASTER = 20;
/** For attempts that end by the time alone: given up after half a second. What is measured stays as it is. */
const hastyClock: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / FASTER, run),
};

export async function receiver(options?: ReceiverOptions): Promise<WebhookReceiver> {
  const started = await WebhookReceiver.start(options);
  onTestFinished(() => started.close());
  return started;
}

export function webhook(url: string, headers: Readonly<Record<string, string>> = {}): WebhookRequest {
  const all = { 'Content-Type': 'application/json', 'X-SecretScope-Delivery': 'd-1', ...headers };
  return {
    url,
    headers: Object.entries(all).map(([name, value]) => ({ name, value: SecretValue.fromText(value) })),
    body: SecretValue.fromText(BODY),
  };
}

/** Reaches these endpoints on loopback, as an operator of a test does. */
export function allowing(receivers: readonly WebhookReceiver[], host = '127.0.0.1'): OutboundConnector {
  const endpoints = receivers.map(({ port }) => `https://${host}:${port}`);
  const [first] = receivers;
  return new OutboundConnector({
    allow: { endpoints, ...(first && { ca: first.authority.certificate }) },
  });
}

/** Takes the receiver's authority for a public one; the rest holds as in production. */
export class TrustingConnector extends OutboundConnector {
  readonly #ca: string;

  constructor(ca: string, options: OutboundOptions) {
    super(options);
    this.#ca = ca;
  }

  override agents(client: Client): OutboundAgents {
    return super.agents({ ...client, caBundle: this.#ca });
  }
}

export function post(
  outbound: OutboundConnector,
  request: WebhookRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<PostOutcome> {
  return webhookPoster(outbound)(request, signal);
}

export function postHastily(outbound: OutboundConnector, request: WebhookRequest): Promise<PostOutcome> {
  return webhookPoster(outbound, { clock: hastyClock })(request, new AbortController().signal);
}

/** The outcome in a word: a status code, or why there was none. */
export async function outcomeOf(posted: Promise<PostOutcome>): Promise<number | string> {
  const outcome = await posted;
  return outcome.kind === 'answered' ? outcome.code : outcome.outcome;
}
