import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { ChangeHandler, ReplicaStore } from '../kube/replica.ts';

/** Whether Secrets of a namespace may be read and written, and are known. */
export type NamespaceWatch = 'enrolled' | 'starting' | 'notEnrolled';

export interface EnrolledWatchesOptions<T extends KubeObject, P> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
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
  #everywhere: Reflector<T, P> | undefined;

  constructor(options: EnrolledWatchesOptions<T, P>) {
    this.#options = options;
  }

  watchEverywhere(): Reflector<T, P> {
    this.#everywhere ??= this.#start(undefined);
    return this.#everywhere;
  }

  get isEverywhere(): boolean {
    return this.#everywhere !== undefined;
  }

  /** A namespace has, or has again, an enrolment: tries at once, whatever an earlier watch was told. */
  async enrol(namespace: string): Promise<void> {
    if (this.#everywhere) return;
    const running = this.#byNamespace.get(namespace);
    if (running && running.state !== 'forbidden') return;
    this.#byNamespace.delete(namespace);
    await running?.stop();
    if (!this.#byNamespace.has(namespace)) this.#byNamespace.set(namespace, this.#start(namespace));
  }

  /** The enrolment is gone: nothing of the namespace is known any more. Deletes nothing. */
  async leave(namespace: string): Promise<void> {
    const running = this.#byNamespace.get(namespace);
    if (!running) return;
    this.#byNamespace.delete(namespace);
    await running.stop();
    running.forget();
    this.#options.onNamespace(namespace);
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

  async stop(): Promise<void> {
    await Promise.all(this.reflectors().map((reflector) => reflector.stop()));
  }

  #start(namespace: string | undefined): Reflector<T, P> {
    const { client, clock, random, type, labelSelector, store, transform, onChange, onNamespace, onError } =
      this.#options;
    const reflector: Reflector<T, P> = new Reflector({
      client,
      clock,
      random,
      type,
      store,
      transform,
      onChange,
      select: { labelSelector, ...(namespace === undefined ? {} : { namespace }) },
      onState: () => onNamespace(namespace ?? ''),
      onError: (error) => onError(error, reflector.label),
    });
    reflector.start();
    return reflector;
  }
}
