/**
 * `fetch` over the connector's agents, for libraries that choose an agent of their own when they are given one (Google's
 * REST clients do) but take a `fetch`. Made by the connector.
 * Reads the whole answer, which answer-guard.ts bounds; follows nothing.
 */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { OutboundError } from './outbound-error.ts';

export type OutboundFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

interface Agents {
  readonly https: https.Agent;
  readonly http: http.Agent;
}

// statuses that a Response may have no body with
const BODILESS = new Set([204, 205, 304]);

export function outboundFetch(agents: Agents): OutboundFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = Buffer.from(await request.arrayBuffer());
    const answer = await send(agents, request, body);
    return responseOf(answer, await bytesOf(answer));
  };
}

function send(agents: Agents, request: Request, body: Buffer): Promise<IncomingMessage> {
  const { method, signal, url } = request;
  const length = request.body === null ? {} : { 'content-length': body.byteLength };
  const headers = { ...Object.fromEntries(request.headers), ...length };
  return new Promise((resolve, reject) => {
    const isPlain = new URL(url).protocol === 'http:';
    const sent = isPlain
      ? http.request(url, { method, headers, signal, agent: agents.http })
      : https.request(url, { method, headers, signal, agent: agents.https });
    sent.once('response', resolve).once('error', reject).end(body);
  });
}

async function bytesOf(answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function responseOf(answer: IncomingMessage, body: Buffer<ArrayBuffer>): Response {
  const status = answer.statusCode ?? 0;
  // a status that is none: whatever answers there does not speak HTTP
  if (status < 200 || status > 599) throw new OutboundError('HostRefused');
  const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Response(BODILESS.has(status) ? null : body, { status, headers });
}
