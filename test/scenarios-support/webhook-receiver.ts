/**
 * Owns: another system that is told of events: a real HTTPS server on loopback, with an authority of its own, that
 * keeps what it was sent and answers as it is told.
 * Used by: tests of the sender, scenarios, the demo and the benchmark; so it needs no test runner. What it keeps may
 * hold secrets: those of tests.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { issueServerCertificate, type KeyedCertificate } from '../cluster/pki.ts';
import { type TestAuthority, testAuthority } from '../peers/stand-in.ts';
import { until } from './until.ts';
import { type Answering, status } from './webhook-answers.ts';

export interface Receipt {
  readonly method: string;
  readonly path: string;
  /** by lower-case name; of a name that came twice, both with a comma */
  readonly headers: Readonly<Record<string, string>>;
  /** names and values in turn, as they came */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** milliseconds since 1970 */
  readonly at: number;
}

/** How a receiver was told that it would be signed. */
export interface Signing {
  readonly key: string | Buffer;
  readonly header?: string;
  readonly encoding?: 'base64' | 'hex';
  readonly prefix?: string;
}

export interface ReceiverOptions {
  /** names of its certificate besides 127.0.0.1; localhost if absent */
  readonly names?: readonly string[];
  /** instead of one that is issued by its authority */
  readonly certificate?: KeyedCertificate;
  /** milliseconds for a handshake and for a request; 20 s if absent */
  readonly patienceMs?: number;
}

const DELIVERY = 'x-secretscope-delivery';

export class WebhookReceiver implements AsyncDisposable {
  readonly authority: TestAuthority;
  readonly receipts: Receipt[] = [];
  connections = 0;
  handshakes = 0;
  readonly #server: https.Server;
  readonly #wires = new Map<number, Socket>();
  readonly #script: Answering[] = [];
  #usual: Answering = status(200);
  #scripts = 0;
  #port = 0;

  private constructor(authority: TestAuthority, certificate: KeyedCertificate, patienceMs: number) {
    this.authority = authority;
    const { certificate: cert, key } = certificate;
    const limits = { handshakeTimeout: patienceMs, requestTimeout: patienceMs, headersTimeout: patienceMs };
    this.#server = https.createServer({ cert, key, ...limits }, (...pair) => void this.#take(...pair));
    this.#server.on('connection', (wire: Socket) => this.#connected(wire));
    this.#server.on('secureConnection', () => {
      this.handshakes += 1;
    });
    // a client that does not like the certificate says so; that is its business
    this.#server.on('tlsClientError', () => undefined);
  }

  static async start(options: ReceiverOptions = {}): Promise<WebhookReceiver> {
    const { names = ['localhost'], patienceMs = 20_000 } = options;
    const authority = await testAuthority('a receiver of webhooks');
    const certificate = options.certificate ?? (await issueServerCertificate(authority, names));
    const receiver = new WebhookReceiver(authority, certificate, patienceMs);
    await receiver.up();
    return receiver;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#wires.size;
  }

  /** `https://127.0.0.1:PORT`; the host alone goes into automationHosts. */
  get endpoint(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Flags of an operator that may send to it. */
  get flags(): readonly string[] {
    return ['--insecure-test-endpoints', this.endpoint, '--insecure-test-ca', this.authority.file];
  }

  /** The next requests, one after the other; after them as usual. */
  script(...answers: readonly Answering[]): void {
    this.#script.push(...answers);
    this.#scripts += answers.length;
  }

  /** Every request that is not scripted; 200 until this is called. */
  usually(answer: Answering): void {
    this.#usual = answer;
  }

  /** How many answers were scripted so far. */
  get spoilt(): number {
    return this.#scripts;
  }

  /** Scripted answers that nobody has got yet. */
  get scripted(): number {
    return this.#script.length;
  }

  /** As if nothing had arrived and nothing were scripted. */
  forget(): void {
    this.receipts.length = 0;
    this.#scripts = 0;
    this.#script.length = 0;
    this.#usual = status(200);
  }

  /** The distinct deliveries that arrived whole, in the order of their first arrival: what happened at the receiver. */
  effects(): string[] {
    return [...new Set(this.receipts.flatMap(({ headers }) => headers[DELIVERY] ?? []))];
  }

  /** How often a delivery arrived. */
  arrivals(delivery: string): number {
    return this.receipts.filter(({ headers }) => headers[DELIVERY] === delivery).length;
  }

  /** Waits for as many distinct deliveries, at least. */
  untilEffects(count: number, timeout = 20_000): Promise<string[]> {
    return until(() => {
      const effects = this.effects();
      if (effects.length < count) throw new Error(`${effects.length} of ${count} deliveries arrived`);
      return effects;
    }, timeout);
  }

  /** Nobody listens any more; whoever is connected is cut. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const wire of this.#wires.values()) wire.destroy();
    await closed;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.down();
    await this.authority.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(wire: Socket): void {
    this.connections += 1;
    const port = wire.remotePort ?? 0;
    this.#wires.set(port, wire);
    wire.on('error', () => undefined).once('close', () => this.#wires.delete(port));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wire = this.#wires.get(request.socket.remotePort ?? 0);
    const body = await wholeBody(request);
    if (wire === undefined || body === undefined) return;
    this.receipts.push(receiptOf(request, body));
    request.socket.on('error', () => undefined);
    const answer = this.#script.shift() ?? this.#usual;
    answer({ response, secure: request.socket, wire });
  }
}

/** As a receiver would: over the bytes that came, compared in constant time. */
export function isSigned(receipt: Receipt, signing: Signing): boolean {
  const { key, header = 'x-wandb-signature', encoding = 'base64', prefix = '' } = signing;
  const expected = Buffer.from(
    prefix + createHmac('sha256', key).update(receipt.body).digest().toString(encoding),
  );
  const sent = Buffer.from(receipt.headers[header.toLowerCase()] ?? '');
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

export function hasBearer({ headers }: Receipt, token: string): boolean {
  return headers['authorization'] === `Bearer ${token}`;
}

function receiptOf(request: IncomingMessage, body: Buffer): Receipt {
  const { method = '', url: path = '', headersDistinct, rawHeaders } = request;
  const headers = Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  );
  return { method, path, headers, rawHeaders: [...rawHeaders], body, at: Date.now() };
}

/** Undefined where the sender went away before its end. */
async function wholeBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
  return request.complete ? Buffer.concat(chunks) : undefined;
}
