/**
 * A list/watch endpoint in this process, honest until told to misbehave. For tests.
 * It has one collection, versions that grow, a history to watch from, and open watches that a test can disturb.
 */
import type { ServerResponse } from 'node:http';
import { json, type Received, ScriptedServer, statusBody } from './scripted-server.ts';

export interface FakeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly value: string;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: FakeObject;
}

/** Answers instead of the server: true when it did. */
export type Fault = (request: Received, response: ServerResponse) => boolean;

export class WatchableServer {
  readonly server: ScriptedServer;
  readonly lists: Received[] = [];
  readonly watches: Received[] = [];
  readonly open = new Set<ServerResponse>();
  /** whether it knows sendInitialEvents; without, it says 422 like a server whose feature gate is off */
  streamsLists = true;
  /** holds back what happens, as a stale cache or a half-open connection does */
  silent = false;
  /** versions up to here are compacted */
  compactedUntil = 0;
  #fault: Fault | undefined;
  #version = 100;
  #uids = 0;
  readonly #objects = new Map<string, FakeObject>();
  readonly #history: Change[] = [];

  private constructor(server: ScriptedServer) {
    this.server = server;
    server.handle((request, response) => this.#serve(request, response));
  }

  static async start(): Promise<WatchableServer> {
    return new WatchableServer(await ScriptedServer.start());
  }

  /** Applies to every request until it is cleared. */
  fail(fault: Fault | undefined): void {
    this.#fault = fault;
  }

  /** Applies to the next request that it answers. */
  failOnce(fault: Fault): void {
    this.#fault = (request, response) => {
      if (!fault(request, response)) return false;
      this.#fault = undefined;
      return true;
    };
  }

  put(name: string, value: string, labels?: Record<string, string>): FakeObject {
    const known = this.#objects.get(name);
    const uid = known?.metadata.uid ?? `uid-${++this.#uids}`;
    const metadata = {
      name,
      namespace: 'team',
      uid,
      resourceVersion: String(++this.#version),
      ...(labels && { labels }),
    };
    const object = { apiVersion: 'v1', kind: 'Thing', metadata, value };
    this.#objects.set(name, object);
    this.#happen({ type: known ? 'MODIFIED' : 'ADDED', object });
    return object;
  }

  remove(name: string): void {
    const known = this.#objects.get(name);
    if (!known) return;
    this.#objects.delete(name);
    const metadata = { ...known.metadata, resourceVersion: String(++this.#version) };
    this.#happen({ type: 'DELETED', object: { ...known, metadata } });
  }

  /** Forgets the history: whoever watches from before gets 410. */
  compact(): void {
    this.compactedUntil = this.#version;
    this.#history.length = 0;
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#version) };
    this.raw(line('BOOKMARK', { kind: 'Thing', apiVersion: 'v1', metadata }));
  }

  /** Writes into every open watch. */
  raw(text: string): void {
    for (const response of this.open) response.write(text);
  }

  event(type: string, object: unknown): void {
    this.raw(line(type, object));
  }

  /** Ends every open watch as a server does whose timeout has come. */
  endWatches(): void {
    for (const response of this.open) response.end();
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  #happen(change: Change): void {
    this.#history.push(change);
    if (!this.silent) this.event(change.type, change.object);
  }

  #serve(request: Received, response: ServerResponse): void {
    const watching = request.query.get('watch') === 'true';
    (watching ? this.watches : this.lists).push(request);
    if (this.#fault?.(request, response)) return;
    if (watching) this.#watch(request, response);
    else this.#list(request, response);
  }

  #list({ query }: Received, response: ServerResponse): void {
    const limit = Number(query.get('limit') ?? 1e9);
    const from = Number(query.get('continue') ?? 0);
    const all = [...this.#objects.values()];
    const next = from + limit < all.length ? String(from + limit) : undefined;
    const metadata = { resourceVersion: String(this.#version), ...(next && { continue: next }) };
    json(response, 200, { kind: 'ThingList', metadata, items: all.slice(from, from + limit) });
  }

  #watch({ query }: Received, response: ServerResponse): void {
    const initial = query.get('sendInitialEvents') === 'true';
    const from = Number(query.get('resourceVersion') ?? 0);
    const refusal = this.#refusal(initial, from);
    if (refusal) {
      json(response, refusal.code, refusal);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (initial) this.#sendState(response);
    else for (const change of this.#since(from)) response.write(line(change.type, change.object));
    this.open.add(response);
    response.on('close', () => this.open.delete(response));
  }

  #refusal(initial: boolean, from: number) {
    if (initial) return this.streamsLists ? undefined : statusBody(422, 'Invalid');
    return from < this.compactedUntil ? statusBody(410, 'Expired') : undefined;
  }

  #sendState(response: ServerResponse): void {
    for (const object of this.#objects.values()) response.write(line('ADDED', object));
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const metadata = { resourceVersion: String(this.#version), annotations };
    response.write(line('BOOKMARK', { kind: 'Thing', apiVersion: 'v1', metadata }));
  }

  #since(version: number): Change[] {
    return this.#history.filter(({ object }) => Number(object.metadata.resourceVersion) > version);
  }
}

export function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}
