/**
 * Owns: requests to the API server, over HTTP/1.1, with whatever credential the client showed.
 * Called by: exchange.ts, stale-answers.ts. Must not: keep or print a header.
 */
import { Agent, type Dispatcher } from 'undici';
import type { Headers } from './client-side.ts';
import { ExchangeOver } from './release-gate.ts';

export interface UpstreamCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface UpstreamAnswer {
  readonly code: number;
  readonly headers: Headers;
  readonly body: Dispatcher.ResponseData['body'];
}

// of one connection, and the length of a body that may have been rewritten; RFC 9110, 7.6.1
const OF_CONNECTION =
  /^(:.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|http2-settings|expect)$/;

export class Upstream {
  readonly #origin: string;
  readonly #agent: Agent;

  constructor(url: string, authority: string) {
    this.#origin = new URL(url).origin;
    // whoever waits too long gives up by itself, and with it ends our request
    this.#agent = new Agent({
      connect: { ca: authority },
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Resolves with the headers. Throws ExchangeOver when the API server is gone, or the signal aborts. */
  async open(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer> {
    try {
      const answer = await this.#agent.request({
        origin: this.#origin,
        path: call.path,
        method: call.method as Dispatcher.HttpMethod,
        // lines have to be readable
        headers: { ...call.headers, 'accept-encoding': 'identity' },
        body: call.body.length === 0 ? null : call.body,
        signal,
      });
      // whoever reads it sees the failure; when nobody does any more, it is of no interest
      answer.body.on('error', () => undefined);
      return { code: answer.statusCode, headers: passedOn(answer.headers), body: answer.body };
    } catch (cause) {
      throw new ExchangeOver('no answer from the API server', { cause });
    }
  }

  stop(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** Throws ExchangeOver when the API server breaks off. */
export async function* bytesOf({ body }: UpstreamAnswer): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (cause) {
    throw new ExchangeOver('the API server broke off', { cause });
  }
}

/** Without those that concern a single connection. */
export function passedOn(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !OF_CONNECTION.test(name)) kept[name] = value;
  return kept;
}
