/**
 * One HTTPS request over a given agent, and nothing else: no redirect, no proxy, no retry, no compression, no cookie.
 * What comes back is bounded before anybody parses it. Called by azure-transport.ts and azure-login.ts.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { type Clock, deadline } from '../../../kube/clock.ts';
import { AzureFailure } from './azure-failure.ts';

export interface AzureMeans {
  /** resolves, checks and connects; its owner closes it */
  readonly agent: Agent;
  readonly clock: Clock;
}

export interface AzureRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AzureResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

// a page of 25 secrets with 15 tags of 512 characters each, at 3 bytes and escaped as 6: about 600 kB
const MAX_BODY_BYTES = 1_048_576;
// a third of what a call to a backend may take
const EXCHANGE_MS = 10_000;

/** Rejects with AzureFailure; whatever the status is, it is an answer. */
export async function azureExchange(
  { agent, clock }: AzureMeans,
  order: AzureRequest,
): Promise<AzureResponse> {
  using limit = deadline(clock, EXCHANGE_MS, order.signal);
  try {
    return await send(agent, order, limit.signal);
  } catch (error) {
    if (error instanceof AzureFailure) throw error;
    throw new AzureFailure({ code: limit.expired ? 'Timeout' : socketCode(error) });
  }
}

function send(agent: Agent, order: AzureRequest, signal: AbortSignal): Promise<AzureResponse> {
  const { url, method, headers, body } = order;
  if (!url.startsWith('https://')) throw new AzureFailure({ code: 'InsecureUrl' });
  return new Promise((resolve, reject) => {
    const named = { ...headers, 'user-agent': 'secretscope' };
    const outgoing = request(url, { agent, method, headers: named, signal }, (incoming) => {
      collect(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function collect(incoming: IncomingMessage): Promise<AzureResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    // leaving the loop destroys the stream
    if (size > MAX_BODY_BYTES) throw new AzureFailure({ code: 'ResponseTooLarge' });
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
}

/** `ECONNRESET`, `ERR_TLS_…`, or what the agent refused with: one word, never its sentence. */
function socketCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : 'ConnectionFailed';
}
