/**
 * One request and its answer, without retries.
 * Called by kube-http.ts only. Turns every failure into a KubeError that holds nothing of a body.
 */
import type { Dispatcher } from 'undici';
import type { Masker } from '../mask/masker.ts';
import type { AgentPool, TlsMaterial } from './agent-pool.ts';
import { BodyTooLarge, readCapped } from './capped-body.ts';
import type { Clock } from './clock.ts';
import type { Identity, KubeEndpoint, Trust } from './kube-endpoint.ts';
import { type CallLabel, KubeError } from './kube-error.ts';
import type { ServerClock } from './server-clock.ts';
import { parseRetryAfter, parseStatus, type ServerStatus, statusError } from './status-error.ts';

export interface HttpCall extends CallLabel {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** escaped, with its query */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  /** sent as JSON */
  readonly body?: unknown;
  /** sending it twice does no more than sending it once */
  readonly idempotent: boolean;
  /** for the whole call with its retries, milliseconds; of a stream until its headers; 30 s if absent */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExchangeOptions {
  readonly endpoint: KubeEndpoint;
  readonly agents: AgentPool;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly userAgent: string;
  /** a `Warning` header, for people at a terminal; free text from the server */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** knows values that an answer might repeat; without one, tokens are detected */
  readonly masker?: Masker | undefined;
}

export interface ExchangeMode {
  readonly signal: AbortSignal;
  /** read credentials again */
  readonly fresh: boolean;
  /** use the connections for long streams */
  readonly streaming: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

const ERROR_BODY_LIMIT = 64 * 1024;

/** Sends and waits for the headers of a 2xx answer. Throws KubeError for anything else. */
export async function exchange(
  options: ExchangeOptions,
  call: HttpCall,
  mode: ExchangeMode,
): Promise<Answer> {
  const { endpoint, agents, userAgent } = options;
  const { trust, identity } = await credentials(endpoint, call, mode.fresh);
  const tls = tlsOf(trust, identity);
  const url = new URL(endpoint.server);
  try {
    mode.signal.throwIfAborted();
    const answer = await (mode.streaming ? agents.watches(tls) : agents.calls(tls)).request({
      origin: url.origin,
      path: url.pathname.replace(/\/$/, '') + call.path,
      method: call.method,
      headers: headersOf(call, identity, userAgent),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: mode.signal,
    });
    noteHeaders(options, answer.headers);
    if (answer.statusCode >= 200 && answer.statusCode < 300)
      return { status: answer.statusCode, body: answer.body };
    throw await refusal(options, call, answer);
  } catch (thrown) {
    throw asKubeError(call, thrown);
  }
}

/** Only the error's code is kept: a parser error of undici carries the raw bytes of the answer. */
export function asKubeError(call: CallLabel, thrown: unknown): KubeError {
  if (thrown instanceof KubeError) return thrown;
  if (thrown instanceof BodyTooLarge)
    return new KubeError({ kind: 'tooLarge', call, reason: 'AnswerTooLarge' });
  if (!(thrown instanceof Error)) return new KubeError({ kind: 'network', call });
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
  const kind = code.endsWith('_TIMEOUT') ? 'timeout' : 'network';
  return new KubeError({ kind, call, reason: /^\w{1,64}$/.test(code) ? code : undefined });
}

async function credentials(endpoint: KubeEndpoint, call: CallLabel, fresh: boolean) {
  try {
    const [trust, identity] = await Promise.all([endpoint.trust({ fresh }), endpoint.identity({ fresh })]);
    return { trust, identity };
  } catch (cause) {
    throw cause instanceof KubeError ? cause : new KubeError({ kind: 'credentials', call, cause });
  }
}

function tlsOf(trust: Trust, { cert, key }: Identity): TlsMaterial {
  return { ...trust, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

function headersOf(call: HttpCall, identity: Identity, userAgent: string): Record<string, string | string[]> {
  return {
    ...identity.headers,
    accept: call.accept ?? 'application/json',
    'user-agent': userAgent,
    ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
  };
}

function noteHeaders(
  { serverClock, onWarning }: ExchangeOptions,
  headers: Dispatcher.ResponseData['headers'],
): void {
  serverClock.observe(one(headers['date']));
  if (!onWarning) return;
  for (const warning of [headers['warning'] ?? []].flat()) {
    const text = /^299 \S+ "((?:[^"\\]|\\.)*)"/.exec(warning)?.[1];
    if (text !== undefined) onWarning(text.replaceAll(/\\(.)/g, '$1'));
  }
}

async function refusal(
  options: ExchangeOptions,
  call: CallLabel,
  answer: Dispatcher.ResponseData,
): Promise<KubeError> {
  const retryAfterMs = parseRetryAfter(one(answer.headers['retry-after']), options.clock.now());
  return statusError(call, answer.statusCode, await statusOf(answer), retryAfterMs, options.masker);
}

/** The status code alone says enough when the rest is cut off or too long. */
async function statusOf(answer: Dispatcher.ResponseData): Promise<ServerStatus | undefined> {
  try {
    return parseStatus(await readCapped(answer.body, ERROR_BODY_LIMIT));
  } catch (error) {
    return error instanceof Error ? { reason: error.name } : undefined;
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
