/**
 * Stands between a client and an API server and does to it what networks and busy servers do. Called by tests that
 * need an API server in trouble. Plain HTTP on loopback; counts what was asked for.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TroubleKind } from './contract-subject.ts';

const ANSWERS = {
  denied: { code: 403, reason: 'Forbidden', headers: {} },
  throttled: { code: 429, reason: 'TooManyRequests', headers: { 'retry-after': '60' } },
} as const;

export class FaultyGateway {
  trouble: TroubleKind | undefined;
  /** GETs of whole Secrets, by name or as a list, that the API server has answered */
  valueReads = 0;
  readonly #target: URL;
  readonly #agent: Agent;
  readonly #server: Server;

  private constructor(target: string, ca: string) {
    this.#target = new URL(target);
    this.#agent = new Agent({ ca, keepAlive: true });
    this.#server = createServer((incoming, outgoing) => this.#handle(incoming, outgoing));
  }

  static async open(target: string, ca: string): Promise<FaultyGateway> {
    const gateway = new FaultyGateway(target, ca);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.trouble === 'unavailable') {
      incoming.socket.destroy();
    } else if (this.trouble) {
      const { code, reason, headers } = ANSWERS[this.trouble];
      outgoing.writeHead(code, { 'content-type': 'application/json', ...headers });
      outgoing.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code }));
    } else this.#forward(incoming, outgoing);
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { hostname, port } = this.#target;
    const { method, url, headers } = incoming;
    const options = { hostname, port, method, path: url, headers, agent: this.#agent };
    const onward = request(options, (answer) => {
      const wholeSecrets =
        /\/secrets(\/|\?|$)/.test(url ?? '') && !/PartialObjectMetadata/.test(headers.accept ?? '');
      if (method === 'GET' && wholeSecrets && answer.statusCode === 200) this.valueReads++;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}
