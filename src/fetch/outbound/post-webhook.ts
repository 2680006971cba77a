/**
 * Sends one webhook, once. Called by whoever delivers events. Where it may go is the connector's to say; what is added
 * here is an end to everything: ten seconds for the whole attempt, a head of 16 KiB, no body at all, and of what the
 * receiver says nothing but the status code and Retry-After (THREATS 7: its text may repeat what it was sent).
 * Each attempt has a connection of its own, which is closed behind it: nothing is shared between namespaces.
 */
import { type ClientRequest, type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Clock, type Deadline, deadline, systemClock } from '../../kube/clock.ts';
import type { PostOutcome, PostWebhook, WebhookRequest } from '../../model/webhook.ts';
import type { OutboundAgents, OutboundConnector } from './outbound-connector.ts';
import { type PostFailure, postFailure } from './post-failure.ts';
import { retryAfterOf } from './post-retry-after.ts';
import { type WebhookTarget, webhookTarget } from './webhook-target.ts';

export interface WebhookPosterOptions {
  /** Time as the attempt is bounded by it and as dates in Retry-After are read; the system's if absent. */
  readonly clock?: Clock;
}

// resolving, connecting, TLS, sending and the head of the answer, together
export const ATTEMPT_MS = 10_000;
// Node's default, which a flag of the process could raise
const MAX_HEAD_BYTES = 16 * 1024;
// 100 and 103 come once or twice; each may be as long as a head
const MAX_INTERIM = 8;

type Ending =
  | { readonly kind: 'answered'; readonly code: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'failed'; readonly outcome: PostFailure };

interface Line {
  readonly name: string;
  readonly value: string;
}

/**
 * Rejects where `signal` aborts before there is an outcome, with its reason; and where a header cannot be sent, which
 * whoever composes a request finds out before (the error names the header, not its value).
 */
export function webhookPoster(
  outbound: OutboundConnector,
  { clock = systemClock }: WebhookPosterOptions = {},
): PostWebhook {
  return async (webhook, signal) => {
    signal.throwIfAborted();
    const start = clock.monotonic();
    const ending = await attempt(webhook, outbound, clock, signal);
    return { ...ending, milliseconds: Math.round(clock.monotonic() - start) } satisfies PostOutcome;
  };
}

async function attempt(
  webhook: WebhookRequest,
  outbound: OutboundConnector,
  clock: Clock,
  signal: AbortSignal,
): Promise<Ending> {
  const lines = linesOf(webhook);
  const target = webhookTarget(webhook.url);
  if (target === undefined) return failed('HostRefused');
  using limit = deadline(clock, ATTEMPT_MS, signal);
  const agents = outbound.agents({ hosts: [target.host], maxSockets: 1 });
  const sent = open(target, lines, agents);
  try {
    const ending = endingOf(sent, limit, clock);
    sent.end(webhook.body.reveal());
    return await ending;
  } finally {
    // what is still to be sent is dropped with it, so that the caller may wipe the boxes
    sent.destroy();
  }
}

/**
 * Node takes header values as strings, which nobody can wipe: these live until they are collected. One byte is one
 * character, as Node writes them.
 */
function linesOf({ headers }: WebhookRequest): Line[] {
  return headers.map(({ name, value: box }) => {
    const value = box.reveal().toString('latin1');
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return { name, value };
  });
}

function open(target: WebhookTarget, lines: readonly Line[], { https }: OutboundAgents): ClientRequest {
  const sent = httpsRequest({
    ...target,
    method: 'POST',
    agent: https,
    maxHeaderSize: MAX_HEAD_BYTES,
    insecureHTTPParser: false,
  });
  // says `Connection: close`; and a tunnel that opens when the attempt is over is closed instead of kept
  sent.shouldKeepAlive = false;
  for (const { name, value } of lines) sent.appendHeader(name, value);
  return sent;
}

/** The first thing that decides it. What comes later is heard by nobody, but an error without a listener ends a process. */
function endingOf(sent: ClientRequest, limit: Deadline, clock: Clock): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let interim = 0;
    sent.once('response', (answer) => resolve(answered(answer, clock.now())));
    sent.on('information', () => {
      interim += 1;
      if (interim > MAX_INTERIM) resolve(failed('AnswerRefused'));
    });
    sent.once('upgrade', (_answer, socket) => {
      socket.destroy();
      resolve(failed('AnswerRefused'));
    });
    sent.on('error', (error) => resolve(failed(postFailure(error, sent))));
    sent.once('close', () => resolve(failed('ConnectionFailed')));
    const over = () => {
      if (limit.expired) resolve(failed('TimedOut'));
      else reject(limit.signal.reason);
    };
    limit.signal.addEventListener('abort', over);
    if (limit.signal.aborted) over();
  });
}

function answered({ statusCode = 0, headers }: IncomingMessage, now: number): Ending {
  // a status that is none: whatever answers there does not speak HTTP
  if (statusCode < 200 || statusCode > 599) return failed('AnswerRefused');
  return { kind: 'answered', code: statusCode, retryAfterMs: retryAfterOf(headers['retry-after'], now) };
}

function failed(outcome: PostFailure): Ending {
  return { kind: 'failed', outcome };
}
