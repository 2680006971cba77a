/**
 * One queue of SQS on loopback, as its JSON protocol is: signed requests, long polls, visibility, and every way to fail.
 * Written from the API reference; a program of other people checks the same (sqs-moto.test.ts). Called by tests.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/kube/clock.ts';
import { KEYS, REGION } from './fake-aws.ts';
import { FakeAwsError } from './fake-aws-fault.ts';
import { checkSignature, type FakeKeys } from './fake-aws-signature.ts';
import { FakeWaiters } from './fake-waiters.ts';

/** Spoils every request, or those of one operation, until it is taken away. */
export type SqsTrouble =
  | { readonly kind: 'error'; readonly name: string; readonly status?: number }
  | { readonly kind: 'hangUp' }
  /** an answer that ends in its middle, after the messages were taken */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'page'; readonly status: number }
  /** no answer, ever */
  | { readonly kind: 'silent' }
  /** answers empty at once, however long it was asked to wait */
  | { readonly kind: 'hasty' };

interface Message {
  readonly id: string;
  readonly body: string;
  handle: string;
  visibleAt: number;
}

interface Input {
  readonly QueueUrl?: string;
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly Entries?: readonly { readonly Id: string; readonly ReceiptHandle: string }[];
}

export interface SqsCall {
  readonly operation: string;
  readonly input: Input;
}

// what the older of its two protocols says for QueueDoesNotExist
const MISSING = 'AWS.SimpleQueueService.NonExistentQueue';

export class FakeSqs {
  readonly calls: SqsCall[] = [];
  readonly keys: Map<string, FakeKeys>;
  readonly trouble = new Map<string, SqsTrouble>();
  exists = true;
  /** sums of bodies are wrong */
  corrupting = false;
  #messages: Message[] = [];
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #waiters: FakeWaiters;
  readonly #queueUrl: string | undefined;

  private constructor(
    clock: Clock,
    keys = new Map([[KEYS.accessKeyId, KEYS as FakeKeys]]),
    queueUrl?: string,
  ) {
    this.#clock = clock;
    this.keys = keys;
    this.#queueUrl = queueUrl;
    this.#waiters = new FakeWaiters(clock);
    this.#server = createServer((incoming, outgoing) => void this.answer(incoming, outgoing));
  }

  /** `clock` decides on visibility and long polls; signatures are of the machine's own time. */
  static async open(clock: Clock): Promise<FakeSqs> {
    const fake = new FakeSqs(clock);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** Behind somebody else's address, who hands on what is for SQS; `queueUrl` is what it goes by. */
  static behind(clock: Clock, keys: Map<string, FakeKeys>, queueUrl: string): FakeSqs {
    return new FakeSqs(clock, keys, queueUrl);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get queueUrl(): string {
    return this.#queueUrl ?? `${this.url}/123456789012/changes`;
  }

  /** Requests that wait for a message. */
  get waiting(): number {
    return this.#waiters.count;
  }

  get stored(): number {
    return this.#messages.length;
  }

  send(...bodies: readonly (string | object)[]): void {
    for (const body of bodies) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      this.#messages.push({ id: randomUUID(), body: text, handle: '', visibleAt: 0 });
    }
    this.#waiters.wakeAll();
  }

  /** The same message once more, as a standard queue may deliver it. */
  repeat(): void {
    for (const message of this.#messages) message.visibleAt = 0;
    this.#waiters.wakeAll();
  }

  purge(): void {
    this.#messages = [];
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_error, count) => resolve(count)));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const operation = String(incoming.headers['x-amz-target']).replace(/^AmazonSQS\./, '');
    const input = JSON.parse(body.toString() || '{}') as Input;
    this.calls.push({ operation, input });
    const trouble = this.trouble.get(operation) ?? this.trouble.get('*');
    if (trouble?.kind === 'silent') return;
    if (trouble?.kind === 'hangUp') return void outgoing.destroy();
    if (trouble?.kind === 'page') return void outgoing.writeHead(trouble.status).end('<html>no queue</html>');
    try {
      if (trouble?.kind === 'error') throw new FakeAwsError(trouble.name, trouble.status);
      this.#admit(incoming, body, input);
      const answer =
        trouble?.kind === 'hasty' ? {} : await this.#perform(operation, input, () => outgoing.destroyed);
      send(outgoing, 200, JSON.stringify(answer), trouble?.kind === 'truncated');
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      const query = error.name === 'QueueDoesNotExist' ? MISSING : error.name;
      outgoing.setHeader('x-amzn-query-error', `${query};Sender`);
      const text = JSON.stringify({ __type: `com.amazonaws.sqs#${error.name}`, message: error.message });
      send(outgoing, error.status, text);
    }
  }

  #admit({ headers, method, url }: IncomingMessage, body: Buffer, { QueueUrl }: Input): void {
    if (method !== 'POST' || url !== '/' || headers['content-type'] !== 'application/x-amz-json-1.0')
      throw new FakeAwsError('UnknownOperationException');
    checkSignature({ headers, body, region: REGION, now: Date.now(), service: 'sqs' }, this.keys);
    if (!this.exists || QueueUrl !== this.queueUrl) throw new FakeAwsError('QueueDoesNotExist');
  }

  async #perform(operation: string, input: Input, isGone: () => boolean): Promise<object> {
    if (operation === 'ReceiveMessage') return this.#receive(input, isGone);
    if (operation === 'DeleteMessageBatch') return this.#delete(input);
    throw new FakeAwsError('UnknownOperationException');
  }

  async #receive(input: Input, isGone: () => boolean): Promise<object> {
    const { MaxNumberOfMessages: most = 1, WaitTimeSeconds = 0, VisibilityTimeout = 30 } = input;
    if (most < 1 || most > 10 || WaitTimeSeconds > 20) throw new FakeAwsError('InvalidParameterValue');
    const until = this.#clock.monotonic() + WaitTimeSeconds * 1_000;
    while (this.#visible().length === 0 && this.#clock.monotonic() < until && !isGone())
      await this.#waiters.wait(Math.min(until, ...this.#messages.map(({ visibleAt }) => visibleAt)));
    const taken = isGone() ? [] : this.#visible().slice(0, most);
    const Messages = taken.map((message) => {
      message.visibleAt = this.#clock.monotonic() + VisibilityTimeout * 1_000;
      message.handle = randomUUID();
      const sum = createHash('md5').update(this.corrupting ? '' : message.body);
      return {
        MessageId: message.id,
        ReceiptHandle: message.handle,
        MD5OfBody: sum.digest('hex'),
        Body: message.body,
      };
    });
    return Messages.length === 0 ? {} : { Messages };
  }

  #visible(): Message[] {
    return this.#messages.filter(({ visibleAt }) => visibleAt <= this.#clock.monotonic());
  }

  #delete({ Entries = [] }: Input): object {
    if (Entries.length < 1 || Entries.length > 10) throw new FakeAwsError('InvalidBatchEntry');
    const handles = new Set(Entries.map(({ ReceiptHandle }) => ReceiptHandle));
    this.#messages = this.#messages.filter(({ handle }) => !handles.has(handle));
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  }
}

function send(outgoing: ServerResponse, status: number, text: string, truncated = false): void {
  const length = Buffer.byteLength(text);
  outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': length });
  if (!truncated) return void outgoing.end(text);
  outgoing.write(text.slice(0, Math.floor(text.length / 2)), () => outgoing.destroy());
}
