/**
 * Owns: a gateway before a double of Key Vault that never has trouble: it makes some, counts reads of values, and
 * says `SecretNotFound` where lowkey-vault says the name of its exception. Everything else goes through, with the
 * double's own address put right in its answers. Called by: azure-lowkey.test.ts.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueServerCertificate } from '../cluster/pki.ts';
import type { TroubleKind } from '../contract/contract-subject.ts';

interface Whole {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const REFUSALS: Readonly<Record<Exclude<TroubleKind, 'unavailable'>, Whole>> = {
  denied: { status: 403, headers: JSON_TYPE, body: '{"error":{"code":"Forbidden"}}' },
  throttled: {
    status: 429,
    headers: { ...JSON_TYPE, 'retry-after': '7' },
    body: '{"error":{"code":"Throttled"}}',
  },
};

export class AzureGateway {
  trouble: TroubleKind | undefined;
  valueReads = 0;
  /** trusts the gateway, and nothing else */
  readonly agent: Agent;
  readonly #server: Server;
  /** `host:port` by which the double knows its vault */
  readonly #vault: string;
  // a certificate of the double's own, on loopback
  readonly #onward = new Agent({ keepAlive: true, rejectUnauthorized: false });

  private constructor(server: Server, ca: string, vault: string) {
    this.#server = server;
    this.#vault = vault;
    this.agent = new Agent({ ca, keepAlive: true });
    server.on('request', (incoming, outgoing) => void this.#handle(incoming, outgoing));
  }

  static async open(vault: string): Promise<AzureGateway> {
    const authority = await createAuthority('a gateway, for tests');
    const { certificate, key } = await issueServerCertificate(authority, ['localhost']);
    const server = createServer({ cert: certificate, key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new AzureGateway(server, authority.certificate, vault);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Past the gateway, as a person with a token. Throws what the double refuses. */
  async person(method: string, path: string, body: object): Promise<string> {
    const headers = { ...JSON_TYPE, authorization: 'Bearer person' };
    const answer = await this.#ask(method, path, headers, JSON.stringify(body));
    if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}`);
    return answer.body;
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.#onward.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const body = await textOf(incoming);
    if (headers.authorization && this.trouble === 'unavailable') return void incoming.socket.destroy();
    const refused =
      headers.authorization && this.trouble ? REFUSALS[this.trouble as 'denied' | 'throttled'] : undefined;
    const answer = refused ?? (await this.#ask(method, url, plain(headers), body));
    const isValue = /^\/secrets\/[^/?]+(\/|\/[0-9a-f]{32})?(\?|$)/.test(url);
    if (method === 'GET' && isValue && answer.status === 200) this.valueReads++;
    outgoing.writeHead(answer.status, answer.headers).end(this.#corrected(answer));
  }

  #ask(method: string, path: string, headers: Whole['headers'], body: string): Promise<Whole> {
    const port = Number(new URL(`https://${this.#vault}`).port);
    const sent = { ...headers, host: this.#vault, 'content-length': String(Buffer.byteLength(body)) };
    const options = { host: '127.0.0.1', port, method, path, headers: sent, agent: this.#onward };
    return new Promise((resolve, reject) => {
      const asked = request(options, (answer) => {
        const status = answer.statusCode ?? 502;
        textOf(answer).then(
          (text) => resolve({ status, headers: plain(answer.headers), body: text }),
          reject,
        );
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  #corrected({ status, body }: Whole): string {
    if (status === 404) return '{"error":{"code":"SecretNotFound"}}';
    return body.replaceAll(`https://${this.#vault}`, this.url);
  }
}

/** Lengths change; what is about one connection is not passed on. */
function plain(headers: IncomingMessage['headers']): Record<string, string> {
  const dropped = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'host'];
  const kept = Object.entries(headers).filter(([name]) => !dropped.includes(name));
  return Object.fromEntries(
    kept.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
