/**
 * Keeps a store equal to one kind in one namespace (or all), for ever: list, watch, start over when that breaks.
 * Called by whoever owns the store; tells it changes and its own state. Never gives up, never throws.
 */
import { sleep } from './clock.ts';
import { isKubeError, type KubeErrorKind } from './kube-error.ts';
import type { KubeObject } from './kube-objects.ts';
import { listPages } from './list-pages.ts';
import { type ListPass, Replica, type ReplicaOptions } from './replica.ts';
import { type ReflectorState, recover } from './watch-recovery.ts';
import { type WatchTarget, watchFailure, watchLabel, watchSession } from './watch-session.ts';
import { letGo, type WatchEvent } from './watch-stream.ts';

export interface ReflectorOptions<T extends KubeObject, P>
  extends WatchTarget<T>,
    Omit<ReplicaOptions<T, P>, 'onError'> {
  /** only when it changes; must not throw */
  readonly onState?: (state: ReflectorState) => void;
  /** `handler`: transform or onChange threw; `server`: a list or watch failed, and is tried again. Must not throw */
  readonly onError?: (error: unknown, from: 'handler' | 'server') => void;
  /** compare with a full list after about this long, in case a proxy lost an event; an hour if absent */
  readonly relistEveryMs?: number;
}

// a watch that lived this long was healthy: the next failure is a first one again
const HEALTHY_MS = 30_000;
const RELIST_MS = 3_600_000;

export class Reflector<T extends KubeObject, P> {
  readonly #options: ReflectorOptions<T, P>;
  readonly #replica: Replica<T, P>;
  readonly #stopping = new AbortController();
  readonly #firstSync = Promise.withResolvers<boolean>();
  #running: Promise<void> | undefined;
  #state: ReflectorState = 'starting';
  #synced = false;
  /** version to go on from; undefined means list */
  #position: string | undefined;
  #usePages = false;
  #failures = 0;
  #trouble: KubeErrorKind | undefined;
  #relistAt = Number.POSITIVE_INFINITY;
  #openedAt = Number.POSITIVE_INFINITY;
  #lastProgressAt: number;
  #lastActivityAt: number;

  constructor(options: ReflectorOptions<T, P>) {
    this.#options = options;
    this.#replica = new Replica({ ...options, onError: (error) => options.onError?.(error, 'handler') });
    this.#lastProgressAt = options.clock.monotonic();
    this.#lastActivityAt = this.#lastProgressAt;
  }

  /** `secretscopes.secretscope.dev` or `secrets in team-web`, for logs and health */
  get label(): string {
    return watchLabel(this.#options);
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Whether the store was complete once. It stays true while broken; `state` tells that. */
  get synced(): boolean {
    return this.#synced;
  }

  /** When the server last showed that the store is current (list, event, bookmark); monotonic milliseconds. */
  get lastProgressAt(): number {
    return this.#lastProgressAt;
  }

  /** As lastProgressAt, failed attempts included: when this stands still, it is us that hang, not the server. */
  get lastActivityAt(): number {
    return this.#lastActivityAt;
  }

  /** Resolves with true at the first complete list, with false when stopped before. */
  whenSynced(): Promise<boolean> {
    return this.#firstSync.promise;
  }

  /** Starts once; a stopped reflector stays stopped. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Cuts what is open. Resolves when no handler will be called any more. The store keeps what it has. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#firstSync.resolve(false);
    this.#enter('stopped');
  }

  /** After stop(): takes this reflector's objects out of the store without telling, since nothing was deleted. */
  forget(): void {
    this.#replica.forget();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#cycle().catch((error: unknown) => this.#recover(error));
    }
  }

  async #cycle(): Promise<void> {
    if (this.#options.clock.monotonic() >= this.#relistAt) this.#position = undefined;
    if (this.#position !== undefined) return this.#watch(undefined);
    const pass = this.#replica.startList();
    return this.#usePages ? this.#list(pass) : this.#watch(pass);
  }

  async #list(pass: ListPass<T>): Promise<void> {
    const { client, type, select } = this.#options;
    const { signal } = this.#stopping;
    let version = '';
    for await (const page of listPages(client, type, { ...select, signal })) {
      if (signal.aborted) return;
      this.#progress();
      for (const object of page.items) pass.see(object);
      version = page.resourceVersion;
    }
    this.#complete(pass, version);
  }

  /** From the last position, or, given a pass, from the complete state that the server sends first. */
  async #watch(startingPass: ListPass<T> | undefined): Promise<void> {
    const { signal } = this.#stopping;
    let pass = startingPass;
    this.#openedAt = Number.POSITIVE_INFINITY;
    const onOpen = () => {
      this.#openedAt = this.#options.clock.monotonic();
      this.#progress();
      if (!startingPass) this.#enter('synced');
    };
    const { clock, relistEveryMs = RELIST_MS } = this.#options;
    const endWithinMs = startingPass ? relistEveryMs : this.#relistAt - clock.monotonic();
    const session = { from: this.#position, signal, endWithinMs, onOpen };
    for await (const event of watchSession(this.#options, session)) {
      // events that are buffered already must not reach a handler after stop()
      if (signal.aborted) return;
      this.#progress();
      pass = this.#take(event, pass);
      letGo(event);
    }
    if (pass) throw watchFailure(this.#options, 'network', 'Truncated');
  }

  /** Answers the pass as long as it goes on. */
  #take(event: WatchEvent<T>, pass: ListPass<T> | undefined): ListPass<T> | undefined {
    if (event.type !== 'BOOKMARK') {
      this.#apply(event, pass);
      return pass;
    }
    // a server that knows streaming lists sends no other bookmark before the one at the end
    if (pass && !event.initialEventsEnd) throw watchFailure(this.#options, 'badAnswer', 'NoInitialEventsEnd');
    if (pass) this.#complete(pass, event.resourceVersion);
    this.#position = event.resourceVersion;
    return undefined;
  }

  #apply(
    { type, object }: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>,
    pass: ListPass<T> | undefined,
  ): void {
    if (type === 'DELETED') this.#replica.deleted(object);
    else if (pass) pass.see(object);
    else this.#replica.stored(object);
    if (!pass) this.#position = object.metadata.resourceVersion;
  }

  #complete(pass: ListPass<T>, version: string): void {
    const { clock, random, relistEveryMs = RELIST_MS } = this.#options;
    pass.finish();
    this.#position = version;
    this.#relistAt = clock.monotonic() + relistEveryMs * (0.9 + 0.2 * random());
    this.#synced = true;
    this.#firstSync.resolve(true);
    this.#enter('synced');
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { clock, random, onError } = this.#options;
    this.#lastActivityAt = clock.monotonic();
    if (this.#lastActivityAt - this.#openedAt >= HEALTHY_MS) this.#failures = 0;
    // a server that was down and now refuses, or has forgotten our version, is there again: no reason to wait long
    const trouble = isKubeError(error) ? error.kind : undefined;
    if (trouble !== this.#trouble) this.#failures = 0;
    this.#trouble = trouble;
    const streamingList = this.#position === undefined && !this.#usePages;
    const next = recover(error, { failures: this.#failures++, streamingList, random: random() });
    if (!next.resume) this.#position = undefined;
    this.#usePages ||= next.usePages;
    onError?.(error, 'server');
    this.#enter(next.state);
    await sleep(clock, next.waitMs, this.#stopping.signal);
  }

  #enter(state: ReflectorState): void {
    if (this.#state === state || this.#state === 'stopped') return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #progress(): void {
    this.#lastProgressAt = this.#lastActivityAt = this.#options.clock.monotonic();
  }
}
