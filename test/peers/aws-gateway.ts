/** Stands before a mock of AWS that never has trouble, makes some, and counts what is asked for. Plain HTTP. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TroubleKind } from '../contract/contract-subject.ts';

const NAMES = { denied: 'AccessDeniedException', throttled: 'ThrottlingException' } as const;
const READS = ['secretsmanager.GetSecretValue', 'secretsmanager.BatchGetSecretValue'];

export class AwsGateway {
  trouble: TroubleKind | undefined;
  /** requests for values that were let through */
  valueReads = 0;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => this.#handle(incoming, outgoing));
  }

  static async open(target: string): Promise<AwsGateway> {
    const gateway = new AwsGateway(target);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.trouble === 'unavailable') {
      incoming.socket.destroy();
    } else if (this.trouble) {
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      outgoing.end(JSON.stringify({ __type: NAMES[this.trouble], Message: 'as the test wants it' }));
    } else {
      if (READS.includes(String(incoming.headers['x-amz-target']))) this.valueReads++;
      this.#forward(incoming, outgoing);
    }
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { hostname, port } = this.#target;
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
