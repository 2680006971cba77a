/**
 * An HTTP server that answers as a test tells it, and fails the test for calls that were not expected. For tests.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeEndpoint } from '../kube-endpoint.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Handler = (request: Received, response: ServerResponse) => void | Promise<void>;

export class ScriptedServer {
  readonly received: Received[] = [];
  readonly unexpected: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #handler: Handler;

  private constructor(handler: Handler) {
    this.#handler = handler;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(handler: Handler = notExpected): Promise<ScriptedServer> {
    const server = new ScriptedServer(handler);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Answers everything from now on. */
  handle(handler: Handler): void {
    this.#handler = handler;
  }

  endpoint(identity: KubeEndpoint['identity'] = async () => ({ headers: {} })): KubeEndpoint {
    return { server: this.url, namespace: 'default', trust: async () => ({}), identity };
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://server');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.received.push(received);
    await this.#handler(received, response);
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function statusBody(
  code: number,
  reason: string,
  message = 'from the server',
  causes: unknown[] = [],
) {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message, details: { causes } };
}

function notExpected(request: Received, response: ServerResponse): void {
  json(response, 500, statusBody(500, 'InternalError', `unexpected ${request.method} ${request.path}`));
}
