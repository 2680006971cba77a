import type { ChangeHandler } from '../kube/replica.ts';
import { Store } from '../kube/store.ts';
import { type ApprovalListeners, ApprovalWatches } from './approval-watches.ts';
import { destroyedNames } from './destroyed-names.ts';
import { type AnyReflector, reflect, type WatchOptions } from './reflect.ts';
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
import { BY_NAMESPACE, SCOPE_INDEXES, type World } from './world.ts';
import { type WritingListeners, WritingWatches } from './writing-watches.ts';

/** Who hears of changes; each is told before and after. */
export interface ChangeListeners extends ApprovalListeners, WritingListeners {
  readonly scope: ChangeHandler<ScopeView>;
  readonly backend: ChangeHandler<BackendView>;
  readonly clusterBackend: ChangeHandler<ClusterBackendView>;
  readonly namespace: ChangeHandler<NamespaceView>;
  readonly enrolment: ChangeHandler<string>;
}

export interface ClusterWatchesOptions extends WatchOptions {
  readonly operatorNamespace: string;
  readonly listeners: ChangeListeners;
}

/** RoleBindings that enroll a namespace carry this label. It is a hint to look; what the API server allows decides. */
export const ENROLMENT_LABEL = 'secretscope.dev/enrollment=true';

export const BY_UID = 'uid';
const BY_UID_INDEX = { [BY_UID]: (view: View<unknown>) => [view.metadata.uid] };

/** The stores of everything watched cluster-wide, and the reflectors that fill them. */
export class ClusterWatches implements World {
  readonly scopes = new Store<ScopeView>(SCOPE_INDEXES);
  readonly backends = new Store<BackendView>(BY_UID_INDEX);
  readonly clusterBackends = new Store<ClusterBackendView>(BY_UID_INDEX);
  readonly namespaces = new Store<NamespaceView>();
  /** Namespaces of enrolment RoleBindings, by the key of the binding. */
  readonly enrolments = new Store<string>({ [BY_NAMESPACE]: (namespace) => [namespace] });
  /** What only claims and protected scopes need, and an older installation lacks: nothing else waits for it. */
  readonly approvals: ApprovalWatches;
  /** The same for values that are written. */
  readonly writing: WritingWatches;
  readonly sealed: WritingWatches['sealed'];
  readonly keyMaps: WritingWatches['keyMaps'];
  readonly keyMapsKnown: WritingWatches['keyMapsKnown'];
  readonly sealingKey: WritingWatches['sealingKey'];
  readonly requests: ApprovalWatches['requests'];
  readonly reviews: ApprovalWatches['reviews'];
  readonly ledgers: ApprovalWatches['ledgers'];
  readonly policies: ApprovalWatches['policies'];
  readonly approvalsKnown: ApprovalWatches['approvalsKnown'];
  readonly ledgersKnown: ApprovalWatches['ledgersKnown'];
  readonly destroyed = (uid: string) => destroyedNames(this.ledgers.get(uid), this.ledgersKnown());
  readonly mutatingKnown: ApprovalWatches['mutatingKnown'];
  readonly claims: ApprovalWatches['claims'];
  readonly claimsKnown: ApprovalWatches['claimsKnown'];
  readonly automations: ApprovalWatches['automations'];
  readonly automationsKnown: ApprovalWatches['automationsKnown'];
  /** Those that have to be synced before anything is decided. */
  readonly reflectors: readonly AnyReflector[];

  constructor(options: ClusterWatchesOptions) {
    this.reflectors = this.#required(options);
    this.approvals = new ApprovalWatches(options);
    this.writing = new WritingWatches(options);
    this.sealed = this.writing.sealed;
    this.keyMaps = this.writing.keyMaps;
    this.keyMapsKnown = this.writing.keyMapsKnown;
    this.sealingKey = this.writing.sealingKey;
    this.requests = this.approvals.requests;
    this.reviews = this.approvals.reviews;
    this.ledgers = this.approvals.ledgers;
    this.policies = this.approvals.policies;
    this.approvalsKnown = this.approvals.approvalsKnown;
    this.ledgersKnown = this.approvals.ledgersKnown;
    this.mutatingKnown = this.approvals.mutatingKnown;
    this.claims = this.approvals.claims;
    this.claimsKnown = this.approvals.claimsKnown;
    this.automations = this.approvals.automations;
    this.automationsKnown = this.approvals.automationsKnown;
  }

  start(): void {
    for (const reflector of this.reflectors) reflector.start();
    this.approvals.start();
    this.writing.start();
  }

  /** True when everything that has to be there was listed once; false when stopped before. */
  async whenSynced(): Promise<boolean> {
    const synced = await Promise.all(this.reflectors.map((reflector) => reflector.whenSynced()));
    return synced.every(Boolean);
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.approvals.stop(),
      this.writing.stop(),
      ...this.reflectors.map((reflector) => reflector.stop()),
    ]);
  }

  #required(options: ClusterWatchesOptions): AnyReflector[] {
    const { scope, backend, clusterBackend, namespace, enrolment } = options.listeners;
    return [
      reflect(options, { type: SCOPES, store: this.scopes, transform: scopeView, onChange: scope }),
      reflect(options, { type: BACKENDS, store: this.backends, transform: backendView, onChange: backend }),
      reflect(options, {
        type: CLUSTER_BACKENDS,
        store: this.clusterBackends,
        transform: clusterBackendView,
        onChange: clusterBackend,
      }),
      reflect(options, {
        type: NAMESPACES,
        store: this.namespaces,
        transform: namespaceView,
        onChange: namespace,
        select: { metadataOnly: true },
      }),
      reflect(options, {
        type: ROLE_BINDINGS,
        store: this.enrolments,
        transform: (raw) => raw.metadata.namespace ?? '',
        onChange: enrolment,
        select: { metadataOnly: true, labelSelector: ENROLMENT_LABEL },
      }),
    ];
  }
}
