/**
 * One subscription of Pub/Sub on loopback over TLS, in its REST form: bearer tokens, pulls that wait, ack deadlines, and
 * every way to fail. Written from the API reference. Called by tests.
 *
 * https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/kube/clock.ts';
import { createAuthority, issueServerCertificate } from '../cluster/pki.ts';
import { FakeWaiters } from './fake-waiters.ts';

export type PubsubTrouble =
  /** `word` as google.rpc.Code names it; without it, a page of somebody else */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly word?: string;
      readonly retryAfter?: string;
    }
  | { readonly kind: 'hangUp' }
  /** an answer that ends in its middle, after the messages were taken */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'text'; readonly text: string };

export interface PubsubCall {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Message {
  readonly content: object;
  ackId: string;
  visibleAt: number;
}

export const PUBSUB_TEXT = 'text-of-the-provider';
const PATH = /^\/v1\/projects\/acme-prod\/subscriptions\/changes:(pull|acknowledge)$/;
const NUMBER = '123456789012';

/** As Secret Manager publishes it: the data is the secret's description, never its value. */
export function notification(
  key: string,
  eventType = 'SECRET_VERSION_ADD',
  change: Readonly<Record<string, string>> = {},
): object {
  const secretId = `projects/${NUMBER}/secrets/${key}`;
  const data = Buffer.from(JSON.stringify({ name: `${secretId}/versions/2`, state: 'ENABLED' }));
  const attributes = {
    eventType,
    secretId,
    versionId: `${secretId}/versions/2`,
    dataFormat: 'JSON_API_V1',
    timestamp: '2026-11-22T10:00:00.000000-08:00',
    ...change,
  };
  return { attributes, data: data.toString('base64'), messageId: randomUUID() };
}

export class FakePubsub {
  readonly calls: PubsubCall[] = [];
  readonly paths: string[] = [];
  readonly tokens = new Set<string>();
  readonly trouble = new Map<string, PubsubTrouble>();
  exists = true;
  /** how long a pull waits for a message */
  holdMs = 90_000;
  ackDeadlineMs = 10_000;
  readonly agent: Agent;
  #messages: Message[] = [];
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #waiters: FakeWaiters;

  private constructor(clock: Clock, server: Server, ca: string) {
    this.#clock = clock;
    this.#waiters = new FakeWaiters(clock);
    this.#server = server;
    this.agent = new Agent({ ca, keepAlive: true });
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** `clock` decides on deadlines and on how long a pull waits. */
  static async open(clock: Clock): Promise<FakePubsub> {
    const authority = await createAuthority('fake Pub/Sub');
    const { certificate, key } = await issueServerCertificate(authority, ['localhost']);
    const server = createServer({ cert: certificate, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakePubsub(clock, server, authority.certificate);
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests that wait for a message. */
  get waiting(): number {
    return this.#waiters.count;
  }

  get stored(): number {
    return this.#messages.length;
  }

  publish(...contents: readonly unknown[]): void {
    for (const content of contents)
      this.#messages.push({ content: content as object, ackId: '', visibleAt: 0 });
    this.#waiters.wakeAll();
  }

  /** What is out of sight comes again, as after a deadline. */
  repeat(): void {
    for (const message of this.#messages) message.visibleAt = 0;
    this.#waiters.wakeAll();
  }

  purge(): void {
    this.#messages = [];
  }

  count(method: string): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_error, count) => resolve(count)));
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as PubsubCall['body'];
    const method = PATH.exec(request.url ?? '')?.[1] ?? 'other';
    this.paths.push(request.url ?? '');
    this.calls.push({ method, body });
    const trouble = this.trouble.get(method) ?? this.trouble.get('*');
    if (trouble?.kind === 'hangUp') return void response.destroy();
    if (trouble?.kind === 'text') return void response.writeHead(200).end(trouble.text);
    if (trouble?.kind === 'status') return refuse(response, trouble);
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    if (!this.tokens.has(token)) return refuse(response, { status: 401, word: 'UNAUTHENTICATED' });
    if (method === 'other' || !this.exists) return refuse(response, { status: 404, word: 'NOT_FOUND' });
    const answer = method === 'pull' ? await this.#pull(body, () => response.destroyed) : this.#ack(body);
    const text = JSON.stringify(answer);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    response.writeHead(200, headers);
    if (trouble?.kind !== 'truncated') return void response.end(text);
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
  }

  async #pull(
    { maxMessages, returnImmediately }: PubsubCall['body'],
    isGone: () => boolean,
  ): Promise<object> {
    const until = this.#clock.monotonic() + (returnImmediately === true ? 0 : this.holdMs);
    while (this.#visible().length === 0 && this.#clock.monotonic() < until && !isGone())
      await this.#woken(until);
    const taken = isGone() ? [] : this.#visible().slice(0, Number(maxMessages));
    const receivedMessages = taken.map((message) => {
      message.visibleAt = this.#clock.monotonic() + this.ackDeadlineMs;
      message.ackId = randomUUID();
      return { ackId: message.ackId, message: message.content };
    });
    return receivedMessages.length === 0 ? {} : { receivedMessages };
  }

  #ack({ ackIds }: PubsubCall['body']): object {
    const done = new Set(ackIds as readonly string[]);
    this.#messages = this.#messages.filter(({ ackId }) => !done.has(ackId));
    return {};
  }

  #visible(): Message[] {
    return this.#messages.filter(({ visibleAt }) => visibleAt <= this.#clock.monotonic());
  }

  /** Resolves with the next message that can be seen, at the latest at `until`. */
  #woken(until: number): Promise<void> {
    return this.#waiters.wait(Math.min(until, ...this.#messages.map(({ visibleAt }) => visibleAt)));
  }
}

function refuse(
  response: ServerResponse,
  { status, word, retryAfter }: Omit<Extract<PubsubTrouble, { kind: 'status' }>, 'kind'>,
): void {
  const error = { code: status, message: PUBSUB_TEXT, status: word };
  const text = word === undefined ? `<html>${PUBSUB_TEXT}</html>` : JSON.stringify({ error });
  const wish = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  response.writeHead(status, { 'content-type': 'application/json', ...wish }).end(text);
}
