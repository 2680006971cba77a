import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { ChangeHandler, ReplicaStore } from '../kube/replica.ts';

/** What every watch of the operator needs. */
export interface WatchOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** compare with a full list after about this long */
  readonly relistEveryMs?: number;
  readonly onError: (error: unknown, label: string) => void;
}

/** What is done with a reflector, whatever it holds. */
export type AnyReflector = Pick<
  Reflector<KubeObject, unknown>,
  'label' | 'state' | 'synced' | 'lastProgressAt' | 'lastActivityAt' | 'whenSynced' | 'start' | 'stop'
> & {
  /** The kind may be missing for ever, as in an older installation: readiness does not wait for it. */
  readonly mayBeMissing?: true;
};

export interface Watched<P> {
  readonly type: ResourceType<KubeObject>;
  readonly store: ReplicaStore<P>;
  readonly transform: (raw: KubeObject) => P;
  readonly onChange: ChangeHandler<P>;
  readonly select?: {
    namespace?: string;
    metadataOnly?: boolean;
    labelSelector?: string;
    fieldSelector?: string;
  };
  readonly onState?: () => void;
}

/** A reflector that is not started yet. */
export function reflect<P>(options: WatchOptions, watched: Watched<P>): Reflector<KubeObject, P> {
  const { client, clock, random, relistEveryMs, onError } = options;
  const reflector: Reflector<KubeObject, P> = new Reflector({
    client,
    clock,
    random,
    ...(relistEveryMs !== undefined && { relistEveryMs }),
    select: {},
    ...watched,
    onError: (error) => onError(error, reflector.label),
  });
  return reflector;
}
