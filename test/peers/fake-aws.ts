/**
 * AWS Secrets Manager and STS on loopback, as their protocols are: JSON 1.1 and Query, signed requests, quotas, and
 * every way to fail. Written from the API reference; a program of other people checks the same (aws-moto.test.ts).
 */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeAwsError } from './fake-aws-fault.ts';
import { FakeSecrets } from './fake-aws-secrets.ts';
import { checkSignature, type FakeKeys } from './fake-aws-signature.ts';
import { FakeSts, stsError } from './fake-aws-sts.ts';
import type { FakeSqs } from './fake-sqs.ts';

/** Spoils every request, or those of one operation, until it is taken away. */
export type FakeTrouble =
  | { readonly kind: 'error'; readonly name: string; readonly status?: number; readonly retryAfter?: string }
  /** the connection ends without an answer */
  | { readonly kind: 'hangUp' }
  /** an answer of something that is not AWS */
  | { readonly kind: 'page'; readonly status: number; readonly body?: string }
  /** an answer without an end */
  | { readonly kind: 'endless' };

export interface FakeCall {
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export const REGION = 'eu-west-1';
export const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI-example-key' };

export class FakeAws {
  readonly calls: FakeCall[] = [];
  readonly keys = new Map<string, FakeKeys>([[KEYS.accessKeyId, KEYS]]);
  readonly trouble = new Map<string, FakeTrouble>();
  /** operation → requests a second; the rest is throttled */
  readonly quotas = new Map<string, number>();
  /** a queue at the same address */
  queue: FakeSqs | undefined;
  latencyMs = 0;
  skewMs = 0;
  readonly secrets: FakeSecrets;
  readonly sts: FakeSts;
  readonly #server: Server;
  readonly #spent = new Map<string, number>();

  private constructor() {
    const now = () => this.now();
    this.secrets = new FakeSecrets(now);
    this.sts = new FakeSts(this.keys, now);
    this.#server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
  }

  static async open(): Promise<FakeAws> {
    const fake = new FakeAws();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The fake's own clock. */
  now(): number {
    return Date.now() + this.skewMs;
  }

  count(...operations: readonly string[]): number {
    return this.calls.filter(({ operation }) => operations.includes(operation)).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const target = String(incoming.headers['x-amz-target'] ?? '');
    if (this.queue && target.startsWith('AmazonSQS.')) return this.queue.answer(incoming, outgoing);
    const body = Buffer.concat(await incoming.toArray());
    const isSts = target === '';
    const form = new URLSearchParams(body.toString());
    const operation = isSts ? (form.get('Action') ?? '') : target.replace(/^secretsmanager\./, '');
    this.calls.push({ operation, headers: incoming.headers, body: body.toString() });
    if (this.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    // by which clients correct their own clock
    outgoing.setHeader('date', new Date(this.now()).toUTCString());
    const trouble = this.trouble.get(operation) ?? this.trouble.get('*');
    if (trouble && trouble.kind !== 'error') return misbehave(trouble, outgoing);
    try {
      if (trouble) throw errorOf(trouble);
      this.#spend(operation);
      const answer = isSts ? this.sts.assume(form) : this.#secrets(operation, incoming, body);
      send(outgoing, isSts, 200, answer);
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      const text = isSts ? stsError(error) : JSON.stringify({ __type: error.name, Message: error.message });
      send(outgoing, isSts, error.status, text, error.headers);
    }
  }

  #secrets(operation: string, { headers }: IncomingMessage, body: Buffer): string {
    const perform = this.secrets.operations[operation];
    if (!perform || headers['content-type'] !== 'application/x-amz-json-1.1')
      throw new FakeAwsError('UnknownOperationException');
    checkSignature({ headers, body, region: REGION, now: this.now() }, this.keys);
    return JSON.stringify(perform(JSON.parse(body.toString()) as Parameters<typeof perform>[0]));
  }

  #spend(operation: string): void {
    const second = `${operation} ${Math.floor(Date.now() / 1_000)}`;
    const spent = (this.#spent.get(second) ?? 0) + 1;
    this.#spent.set(second, spent);
    if (spent > (this.quotas.get(operation) ?? Number.POSITIVE_INFINITY))
      throw new FakeAwsError('ThrottlingException');
  }
}

function errorOf({ name, status, retryAfter }: Extract<FakeTrouble, { kind: 'error' }>): FakeAwsError {
  return new FakeAwsError(name, status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
}

function misbehave(trouble: Exclude<FakeTrouble, { kind: 'error' }>, outgoing: ServerResponse): void {
  switch (trouble.kind) {
    case 'hangUp':
      outgoing.destroy();
      return;
    case 'page':
      outgoing.writeHead(trouble.status, { 'content-type': 'text/html' });
      outgoing.end(trouble.body ?? '<html><body>Not Found</body></html>');
      return;
    case 'endless': {
      outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      const pour = () => {
        while (!outgoing.destroyed && outgoing.write(' '.repeat(65_536)));
      };
      outgoing.on('drain', pour);
      pour();
    }
  }
}

function send(
  outgoing: ServerResponse,
  isXml: boolean,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = isXml ? 'text/xml' : 'application/x-amz-json-1.1';
  outgoing.writeHead(status, { 'content-type': type, 'x-amzn-requestid': randomUUID(), ...headers });
  outgoing.end(text);
}
