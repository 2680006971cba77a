/**
 * Owns: a Kubernetes API that keeps nothing: objects are made when they are listed, and what is written comes back as
 * an event of the watch, as it does from a real one. So what a process holds is what the operator holds.
 * Called by: memory-operator.ts.
 */
import type { WatchOptions } from '../../../src/kube/call-options.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';
import { KubeError } from '../../../src/kube/kube-error.ts';
import type { KubeDraft, KubeObject, ObjectRef, ResourceType } from '../../../src/kube/kube-objects.ts';
import type { WatchEvent } from '../../../src/kube/watch-stream.ts';

/** The objects of a kind, made anew each time; no object of it if undefined. */
export type MakeObjects = (plural: string) => Iterable<KubeObject>;
/** The object that a draft is part of, before the write. */
export type FindObject = (plural: string, ref: ObjectRef) => KubeObject;

type Changed = { readonly type: 'ADDED' | 'MODIFIED'; readonly object: KubeObject };

const BOOKMARK_MS = 30_000;

export class MemoryKube {
  readonly #objects: MakeObjects;
  readonly #find: FindObject;
  readonly #channels = new Map<string, Channel>();
  // above every version of an object that is listed
  #version = 1_000_000_000;

  constructor(objects: MakeObjects, find: FindObject) {
    this.#objects = objects;
    this.#find = find;
  }

  get client(): KubeClient {
    const client: Pick<
      KubeClient,
      'watch' | 'create' | 'apply' | 'getMetadata' | 'get' | 'mergePatch' | 'serverTime'
    > = {
      watch: (type, options) => this.#watch(type.plural, options) as never,
      create: async (type, draft) => this.#create(type, draft) as never,
      apply: async (type, draft) => this.#apply(type, draft) as never,
      getMetadata: async (type, ref) => missing(type, ref),
      get: async (type, ref) => missing(type, ref),
      mergePatch: async (type, ref) => missing(type, ref),
      serverTime: () => undefined,
    };
    return client as KubeClient;
  }

  async *#watch(plural: string, options: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>> {
    const channel = this.#channelOf(plural);
    options.onOpen?.();
    if (options.sendInitialEvents) {
      for (const object of this.#objects(plural)) yield { type: 'ADDED', object: received(object) };
      yield { type: 'BOOKMARK', resourceVersion: this.#next(), initialEventsEnd: true };
    }
    while (options.signal?.aborted !== true) {
      yield* channel.take();
      // as a real one says now and then that it is still there
      if (await channel.isSilentFor(BOOKMARK_MS, options.signal))
        yield { type: 'BOOKMARK', resourceVersion: this.#next(), initialEventsEnd: false };
    }
  }

  #create(type: ResourceType, draft: KubeDraft): KubeObject {
    const resourceVersion = this.#next();
    const metadata = {
      ...draft.metadata,
      name: draft.metadata.name ?? '',
      uid: uidOf(resourceVersion),
      resourceVersion,
    };
    const stored = { ...draft, metadata };
    this.#channelOf(type.plural).push({ type: 'ADDED', object: received(stored) });
    return received(stored);
  }

  #apply(type: ResourceType, draft: KubeDraft): KubeObject {
    const { namespace, name = '' } = draft.metadata;
    const before = this.#find(type.plural, { namespace, name });
    const metadata = { ...before.metadata, resourceVersion: this.#next() };
    const stored = { ...before, metadata, status: draft['status'] };
    this.#channelOf(type.plural).push({ type: 'MODIFIED', object: received(stored) });
    return received(stored);
  }

  #channelOf(plural: string): Channel {
    const known = this.#channels.get(plural);
    const channel = known ?? new Channel();
    if (!known) this.#channels.set(plural, channel);
    return channel;
  }

  #next(): string {
    return String(++this.#version);
  }
}

/** As long as a real one. */
export const uidOf = (seed: string): string => `00000000-0000-4000-8000-${seed.padStart(12, '0').slice(-12)}`;

/** Through the wire: nothing is shared with who sent it. */
function received<T extends KubeObject>(object: T): T {
  return JSON.parse(JSON.stringify(object)) as T;
}

function missing({ plural }: ResourceType, { name }: ObjectRef): never {
  throw new KubeError({
    kind: 'notFound',
    call: { verb: 'get', resource: plural, target: name, sensitive: false },
  });
}

/** Events that wait for the one who reads them. */
class Channel {
  readonly #waiting: Changed[] = [];
  #wake: () => void = () => undefined;

  push(event: Changed): void {
    this.#waiting.push(event);
    this.#wake();
  }

  take(): Changed[] {
    return this.#waiting.splice(0);
  }

  async isSilentFor(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#waiting.length > 0) return false;
    const woken = Promise.withResolvers<void>();
    const timer = setTimeout(woken.resolve, ms);
    this.#wake = woken.resolve;
    const end = () => woken.resolve();
    signal?.addEventListener('abort', end);
    await woken.promise;
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    return this.#waiting.length === 0;
  }
}
