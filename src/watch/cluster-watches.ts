import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { Reflector } from '../kube/reflector.ts';
import type { ChangeHandler } from '../kube/replica.ts';
import { Store } from '../kube/store.ts';
import { BACKENDS, CLUSTER_BACKENDS, NAMESPACES, ROLE_BINDINGS, SCOPES } from './resources.ts';
import {
  type BackendView,
  backendView,
  type ClusterBackendView,
  clusterBackendView,
  type NamespaceView,
  namespaceView,
  type ScopeView,
  scopeView,
  type View,
} from './views.ts';
import { BY_NAMESPACE, SCOPE_INDEXES } from './world.ts';

/** Who hears of changes; each is told before and after. */
export interface ChangeListeners {
  readonly scope: ChangeHandler<ScopeView>;
  readonly backend: ChangeHandler<BackendView>;
  readonly clusterBackend: ChangeHandler<ClusterBackendView>;
  readonly namespace: ChangeHandler<NamespaceView>;
  readonly enrolment: ChangeHandler<string>;
}

export interface ClusterWatchesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** compare with a full list after about this long */
  readonly relistEveryMs?: number;
  readonly listeners: ChangeListeners;
  readonly onError: (error: unknown, label: string) => void;
}

/** RoleBindings that enroll a namespace carry this label. It is a hint to look; what the API server allows decides. */
export const ENROLMENT_LABEL = 'secretscope.dev/enrollment=true';

/** What is done with a reflector, whatever it holds. */
export type AnyReflector = Pick<
  Reflector<KubeObject, unknown>,
  'label' | 'state' | 'synced' | 'lastProgressAt' | 'lastActivityAt' | 'whenSynced' | 'start' | 'stop'
>;

export const BY_UID = 'uid';
const BY_UID_INDEX = { [BY_UID]: (view: View<unknown>) => [view.metadata.uid] };

/** The stores of everything watched cluster-wide, and the reflectors that fill them. */
export class ClusterWatches {
  readonly scopes = new Store<ScopeView>(SCOPE_INDEXES);
  readonly backends = new Store<BackendView>(BY_UID_INDEX);
  readonly clusterBackends = new Store<ClusterBackendView>(BY_UID_INDEX);
  readonly namespaces = new Store<NamespaceView>();
  /** Namespaces of enrolment RoleBindings, by the key of the binding. */
  readonly enrolments = new Store<string>({ [BY_NAMESPACE]: (namespace) => [namespace] });
  readonly reflectors: readonly AnyReflector[];

  constructor(options: ClusterWatchesOptions) {
    const { listeners } = options;
    this.reflectors = [
      reflect(options, SCOPES, this.scopes, scopeView, listeners.scope),
      reflect(options, BACKENDS, this.backends, backendView, listeners.backend),
      reflect(options, CLUSTER_BACKENDS, this.clusterBackends, clusterBackendView, listeners.clusterBackend),
      reflect(options, NAMESPACES, this.namespaces, namespaceView, listeners.namespace, {
        metadataOnly: true,
      }),
      reflect(
        options,
        ROLE_BINDINGS,
        this.enrolments,
        (raw) => raw.metadata.namespace ?? '',
        listeners.enrolment,
        {
          metadataOnly: true,
          labelSelector: ENROLMENT_LABEL,
        },
      ),
    ];
  }

  start(): void {
    for (const reflector of this.reflectors) reflector.start();
  }

  /** True when everything was listed once; false when stopped before. */
  async whenSynced(): Promise<boolean> {
    const synced = await Promise.all(this.reflectors.map((reflector) => reflector.whenSynced()));
    return synced.every(Boolean);
  }

  async stop(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.stop()));
  }
}

function reflect<P>(
  options: ClusterWatchesOptions,
  type: ResourceType<KubeObject>,
  store: Store<P>,
  transform: (raw: KubeObject) => P,
  onChange: ChangeHandler<P>,
  select: { metadataOnly?: boolean; labelSelector?: string } = {},
): Reflector<KubeObject, P> {
  const { client, clock, random, relistEveryMs, onError } = options;
  const reflector: Reflector<KubeObject, P> = new Reflector({
    client,
    clock,
    random,
    ...(relistEveryMs !== undefined && { relistEveryMs }),
    type,
    select,
    store,
    transform,
    onChange,
    onError: (error) => onError(error, reflector.label),
  });
  return reflector;
}
