import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { ChangeHandler, ReplicaStore } from '../kube/replica.ts';
import { whenLooked } from './first-looks.ts';

/** Whether Secrets of a namespace may be read and written, and are known. */
export type NamespaceWatch = 'enrolled' | 'starting' | 'notEnrolled';

export interface EnrolledWatchesOptions<T extends KubeObject, P> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** compare with a full list after about this long */
  readonly relistEveryMs?: number;
  readonly type: ResourceType<T>;
  readonly labelSelector: string;
  readonly store: ReplicaStore<P>;
  readonly transform: (object: T) => P | undefined;
  readonly onChange: ChangeHandler<P>;
  /** A namespace became readable, or stopped to be. */
  readonly onNamespace: (namespace: string) => void;
  readonly onError: (error: unknown, label: string) => void;
}

/**
 * One watch of target Secrets per enrolled namespace; with cluster-wide rights a single one for all. The watch
 * itself is the proof of enrolment: a namespace whose watch the API server refuses is not enrolled, whatever
 * its RoleBindings look like.
 */
export class EnrolledWatches<T extends KubeObject, P> {
  readonly #options: EnrolledWatchesOptions<T, P>;
  readonly #byNamespace = new Map<string, Reflector<T, P>>();
  /** by namespace: what has to end before the next step */
  readonly #turns = new Map<string, Promise<void>>();
  /** first looks that are under way */
  readonly #looking = new Set<Promise<void>>();
  #everywhere: Reflector<T, P> | undefined;

  constructor(options: EnrolledWatchesOptions<T, P>) {
    this.#options = options;
  }

  watchEverywhere(): Reflector<T, P> {
    this.#everywhere ??= this.#start(undefined);
    return this.#everywhere;
  }

  /** A namespace has, or has again, an enrolment: tries at once, whatever an earlier watch was told. */
  enrol(namespace: string): Promise<void> {
    if (this.#everywhere) return Promise.resolve();
    return this.#inTurn(namespace, () => this.#enrol(namespace));
  }

  /** The enrolment is gone: nothing of the namespace is known any more. Deletes nothing. */
  leave(namespace: string): Promise<void> {
    return this.#inTurn(namespace, async () => {
      if (await this.#end(namespace)) this.#options.onNamespace(namespace);
    });
  }

  state(namespace: string): NamespaceWatch {
    const reflector = this.#everywhere ?? this.#byNamespace.get(namespace);
    if (!reflector || reflector.state === 'forbidden' || reflector.state === 'stopped') return 'notEnrolled';
    return reflector.synced ? 'enrolled' : 'starting';
  }

  /** Namespaces with an enrolment of their own; with cluster-wide rights there is no list. */
  namespaces(): string[] {
    return [...this.#byNamespace.keys()].filter((namespace) => this.state(namespace) === 'enrolled');
  }

  reflectors(): Reflector<T, P>[] {
    return this.#everywhere ? [this.#everywhere] : [...this.#byNamespace.values()];
  }

  /** Resolves when every namespace that is enrolled now was listed or refused, or after ten seconds. */
  whenLooked(): Promise<void> {
    return whenLooked(this.#options.clock, this.#looking);
  }

  async stop(): Promise<void> {
    await Promise.all(this.reflectors().map((reflector) => reflector.stop()));
  }

  async #enrol(namespace: string): Promise<void> {
    const running = this.#byNamespace.get(namespace);
    if (running && running.state !== 'forbidden') return;
    if (running) await this.#end(namespace);
    this.#byNamespace.set(namespace, this.#start(namespace));
  }

  /** What was known must go with its watch: the next one would not notice what has vanished meanwhile. */
  async #end(namespace: string): Promise<boolean> {
    const running = this.#byNamespace.get(namespace);
    if (!running) return false;
    this.#byNamespace.delete(namespace);
    await running.stop();
    running.forget();
    return true;
  }

  /** One step after the other: a watch that ends late must not forget what the next one has found. */
  #inTurn(namespace: string, step: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(namespace);
    const turn = (before ? before.then(step) : step()).finally(() => {
      if (this.#turns.get(namespace) === turn) this.#turns.delete(namespace);
    });
    this.#turns.set(namespace, turn);
    return turn;
  }

  #start(namespace: string | undefined): Reflector<T, P> {
    const { client, clock, random, type, labelSelector, store, transform } = this.#options;
    const { onChange, onNamespace, onError, relistEveryMs } = this.#options;
    const looked = Promise.withResolvers<void>();
    this.#looking.add(looked.promise);
    void looked.promise.then(() => this.#looking.delete(looked.promise));
    const reflector: Reflector<T, P> = new Reflector({
      client,
      clock,
      random,
      ...(relistEveryMs !== undefined && { relistEveryMs }),
      type,
      store,
      transform,
      onChange,
      select: { labelSelector, ...(namespace === undefined ? {} : { namespace }) },
      onState: () => {
        looked.resolve();
        onNamespace(namespace ?? '');
      },
      onError: (error) => onError(error, reflector.label),
    });
    reflector.start();
    return reflector;
  }
}
