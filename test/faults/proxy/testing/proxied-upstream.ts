/**
 * Owns: a small TLS server that answers as a test tells it, a fault proxy before it, and a client of that.
 * Used by: tests of the fault proxy.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { createAuthority, issueServerCertificate } from '../../../cluster/pki.ts';
import { FaultProxy } from '../fault-proxy.ts';
import { LineReader, linesOf } from '../line-source.ts';

export interface Arrived {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export type Answering = (request: Arrived, response: ServerResponse) => void;

export interface Answered {
  readonly code: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: unknown;
}

export interface OpenWatch {
  readonly code: number;
  /** the next event's name, 'TYPE name', or undefined at a clean end; throws when the stream breaks */
  next(): Promise<string | undefined>;
  /** all to the end; 'broken' comes last when it is not a clean one */
  rest(): Promise<string[]>;
  leave(): void;
}

/** Names of the events of a watch; a function runs at its place. */
export type Script = readonly (string | ((response: ServerResponse) => void))[];

// once for all, since nothing depends on whose they are
const certificates = issueCertificates();

export class ProxiedUpstream {
  readonly arrived: Arrived[] = [];
  readonly ca: string;
  readonly proxy: FaultProxy;
  readonly #server: Server;
  readonly #agents: Agent[] = [];
  answering: Answering = (_, response) => json(response, 200, { kind: 'Thing' });
  /** answers that the proxy has not let go of */
  openAnswers = 0;

  private constructor(ca: string, server: Server, proxy: FaultProxy) {
    this.ca = ca;
    this.#server = server;
    this.proxy = proxy;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<ProxiedUpstream> {
    const { ca, certificate } = await certificates;
    const server = createServer({ cert: certificate.certificate, key: certificate.key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = await FaultProxy.start({ url, ca, certificate });
    return new ProxiedUpstream(ca, server, proxy);
  }

  /** A client with connections of its own. */
  client(allowH2: boolean): ProxyClient {
    const agent = new Agent({ allowH2, connect: { ca: this.ca } });
    this.#agents.push(agent);
    return new ProxyClient(agent, this.proxy.url);
  }

  /** Cuts every connection that the proxy has to this server. */
  breakOff(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.destroy()));
    await this.proxy.stop();
    this.#server.close();
    this.breakOff();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const arrived = {
      method: request.method ?? '',
      url: new URL(request.url ?? '', 'https://api'),
      headers: request.headers,
      text: Buffer.concat(chunks).toString(),
    };
    this.openAnswers += 1;
    response.on('close', () => {
      this.openAnswers -= 1;
    });
    this.arrived.push(arrived);
    this.answering(arrived, response);
  }
}

export class ProxyClient {
  readonly #agent: Agent;
  readonly #origin: string;

  constructor(agent: Agent, origin: string) {
    this.#agent = agent;
    this.#origin = origin;
  }

  async call(
    path: string,
    options: { method?: Dispatcher.HttpMethod; body?: object; token?: string; signal?: AbortSignal } = {},
  ): Promise<Answered> {
    const { method = 'GET', body, token = 'secret-token', signal } = options;
    const answer = await this.#agent.request({
      origin: this.#origin,
      path,
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    return { code: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
  }

  /** What arrives of an answer that breaks off. */
  async bytes(path: string): Promise<{ length: unknown; got: string }> {
    const answer = await this.#agent.request({ origin: this.#origin, path, method: 'GET' });
    const chunks: Buffer[] = [];
    const read = async () => {
      for await (const chunk of answer.body) chunks.push(chunk as Buffer);
      return 'clean end';
    };
    if ((await read().catch(() => 'broken')) !== 'broken') throw new Error(`${path} came to a clean end`);
    return { length: answer.headers['content-length'], got: Buffer.concat(chunks).toString() };
  }

  async watch(path: string): Promise<OpenWatch> {
    const life = new AbortController();
    const { signal } = life;
    const answer = await this.#agent.request({ origin: this.#origin, path, method: 'GET', signal });
    answer.body.on('error', () => undefined);
    const reader = new LineReader(linesOf(answer.body as AsyncIterable<Buffer>));
    const next = async () => {
      const line = await reader.next();
      return line && label(line);
    };
    return { code: answer.statusCode, next, rest: () => restOf(next), leave: () => life.abort() };
  }
}

async function issueCertificates() {
  const authority = await createAuthority('upstream');
  return { ca: authority.certificate, certificate: await issueServerCertificate(authority, ['localhost']) };
}

async function restOf(next: () => Promise<string | undefined>): Promise<string[]> {
  const seen: string[] = [];
  const read = async () => {
    for (let event = await next(); event !== undefined; event = await next()) seen.push(event);
  };
  await read().catch(() => seen.push('broken'));
  return seen;
}

/** `a` for an added object; type and more for what is special. */
function label(line: Buffer): string {
  const { type, object } = JSON.parse(line.toString()) as {
    type: string;
    object: { reason?: string; metadata: { name?: string } };
  };
  return type === 'ADDED' ? (object.metadata.name ?? '') : `${type} ${object.reason ?? object.metadata.name}`;
}

export function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function eventLine(name: string, type = 'ADDED'): string {
  return `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: '1' } } })}\n`;
}

/** A watch that sends these events at once, and then ends unless it is to stay open. */
export function sends(script: Script, { end = true } = {}): Answering {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const step of script) {
      if (typeof step === 'string') response.write(eventLine(step));
      else step(response);
    }
    if (end) response.end();
  };
}
