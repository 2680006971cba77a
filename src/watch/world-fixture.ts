/** For tests: scopes, backends and namespaces as the watches project them, in stores as the operator has them. */
import type { KubeObject, ObjectMeta } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { SHIPPED_POLICIES } from '../model/shipped-policies.ts';
import {
  type LedgerView,
  ledgerView,
  type PolicyView,
  type RequestView,
  type ReviewView,
  requestView,
  reviewView,
} from './approval-views.ts';
import { type Known, LEDGER_INDEXES, REQUEST_INDEXES, REVIEW_INDEXES } from './approval-world.ts';
import { AUTOMATION_INDEXES } from './automations-world.ts';
import { destroyedNames } from './destroyed-names.ts';
import {
  type AutomationView,
  automationView,
  type BackendView,
  backendView,
  type ClaimView,
  type ClusterBackendView,
  claimView,
  clusterBackendView,
  type NamespaceView,
  type ScopeView,
  scopeView,
} from './views.ts';
import { CLAIM_INDEXES, SCOPE_INDEXES, type World } from './world.ts';
import type { KeyMapView, SealedView } from './writing-views.ts';
import { BY_SEALED_SCOPE, type SealingKeyState, sealedKeyOf } from './writing-watches.ts';

export interface Raw extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

/** `place` is `namespace/name`, or a name. */
export function raw(kind: string, place: string, spec: Raw['spec'], metadata: Partial<ObjectMeta> = {}): Raw {
  const [name = '', namespace] = place.split('/').reverse();
  const meta = {
    name,
    ...(namespace !== undefined && { namespace }),
    uid: `uid-${place}`,
    resourceVersion: '1',
    generation: 1,
    ...metadata,
  };
  return { apiVersion: 'secretscope.dev/v1alpha1', kind, metadata: meta, spec };
}

/** The level follows from the parent's: none, an Organization's or a Repository's. */
export function aScopeView(
  place: string,
  spec: Raw['spec'] = {},
  metadata: Partial<ObjectMeta> = {},
  status?: unknown,
): ScopeView {
  const object = raw('SecretScope', place, { level: 'Repository', ...spec }, metadata);
  return scopeView(status === undefined ? object : { ...object, status });
}

export const under = (parent: string) => {
  const [namespace, name] = parent.split('/');
  return { parentRef: { namespace, name } };
};

const AUTH = { auth: { serviceAccountRef: { name: 'reader' } } };

export const aBackendView = (place: string, metadata: Partial<ObjectMeta> = {}): BackendView =>
  backendView(raw('SecretBackend', place, { kubernetes: AUTH }, metadata));

export const aClusterBackendView = (
  name: string,
  spec: Raw['spec'] = {},
  metadata: Partial<ObjectMeta> = {},
): ClusterBackendView =>
  clusterBackendView(
    raw('ClusterSecretBackend', name, { kubernetes: { namespace: 'vault', ...AUTH }, ...spec }, metadata),
  );

export const aNamespaceView = (
  name: string,
  labels: Record<string, string> = {},
  terminating = false,
): NamespaceView => ({
  name,
  uid: `uid-${name}`,
  labels: { 'kubernetes.io/metadata.name': name, ...labels },
  terminating,
});

export const aPolicyView = (
  kind: PolicyView['kind'],
  name: string,
  view: Partial<PolicyView> = {},
): PolicyView => ({
  kind,
  name,
  uid: `uid-${kind}/${name}`,
  generation: 1,
  createdAt: 0,
  asShipped: true,
  ...view,
});

export const OWN = { backendRef: { kind: 'SecretBackend', name: 'vault' } };
export const SHARED = { backendRef: { kind: 'ClusterSecretBackend', name: 'shared' } };

/** Everything watched; namespaces come by themselves. */
export class SmallWorld implements World {
  readonly scopes = new Store<ScopeView>(SCOPE_INDEXES);
  readonly backends = new Store<BackendView>();
  readonly clusterBackends = new Store<ClusterBackendView>();
  readonly namespaces = new Store<NamespaceView>();
  readonly requests = new Store<RequestView>(REQUEST_INDEXES);
  readonly reviews = new Store<ReviewView>(REVIEW_INDEXES);
  readonly ledgers = new Store<LedgerView>(LEDGER_INDEXES);
  readonly policies = new Store<PolicyView>();
  readonly sealed = new Store<SealedView>({ [BY_SEALED_SCOPE]: (view) => [sealedKeyOf(view)] });
  readonly keyMaps = new Store<KeyMapView>();
  readonly keyMapsKnown = () => true;
  sealingKey: () => SealingKeyState = () => ({ kind: 'missing', secret: undefined });
  readonly claims = new Store<ClaimView>(CLAIM_INDEXES);
  readonly automations = new Store<AutomationView>(AUTOMATION_INDEXES);
  readonly automationsKnown = (): Known => this.claiming;
  /** what the operator cannot tell yet, of approvals and of mutating policies */
  approvals: Known = 'known';
  mutating: Known = 'known';
  claiming: Known = 'known';
  readonly approvalsKnown = (): Known => this.approvals;
  readonly ledgersKnown = (): boolean => this.hasLedgers;
  readonly destroyed = (uid: string) => destroyedNames(this.ledgers.get(uid), this.hasLedgers);
  /** false: they have yet to be listed */
  hasLedgers = true;
  readonly mutatingKnown = (): Known => this.mutating;
  readonly claimsKnown = (): Known => this.claiming;

  scope(...[place, spec, metadata, status]: Parameters<typeof aScopeView>): this {
    const view = aScopeView(place, spec, metadata, status);
    this.scopes.set(place, view);
    if (!this.namespaces.has(view.metadata.namespace)) this.namespace(view.metadata.namespace);
    return this;
  }

  namespace(...[name, labels, terminating]: Parameters<typeof aNamespaceView>): this {
    this.namespaces.set(name, aNamespaceView(name, labels, terminating));
    return this;
  }

  backend(place: string, metadata: Partial<ObjectMeta> = {}): this {
    this.backends.set(place, aBackendView(place, metadata));
    return this;
  }

  clusterBackend(name: string, spec: Raw['spec'] = {}, metadata: Partial<ObjectMeta> = {}): this {
    this.clusterBackends.set(name, aClusterBackendView(name, spec, metadata));
    return this;
  }

  /** Whom admission stamped as authors of a scope that is there. */
  authors(place: string, ...authors: readonly string[]): this {
    const scope = this.scopes.get(place);
    if (scope) this.scopes.set(place, { ...scope, authors });
    return this;
  }

  request(place: string, spec: Raw['spec'], metadata: Partial<ObjectMeta> = {}): this {
    this.requests.set(place, requestView(raw('SecretRequest', place, spec, metadata)));
    return this;
  }

  review(place: string, spec: Raw['spec'], metadata: Partial<ObjectMeta> = {}): this {
    this.reviews.set(place, reviewView(raw('RequestReview', place, spec, metadata)));
    return this;
  }

  automation(place: string, spec: Raw['spec'], metadata: Partial<ObjectMeta> = {}): this {
    const view = automationView(raw('WebhookAutomation', place, spec, metadata));
    this.automations.set(place, view);
    if (!this.namespaces.has(view.metadata.namespace)) this.namespace(view.metadata.namespace);
    return this;
  }

  claim(place: string, spec: Raw['spec'], metadata: Partial<ObjectMeta> = {}): this {
    const view = claimView(raw('SecretClaim', place, spec, metadata));
    this.claims.set(place, view);
    if (!this.namespaces.has(view.metadata.namespace)) this.namespace(view.metadata.namespace);
    return this;
  }

  /** `uid` is that of the scope, by which its ledger is named. */
  ledger(uid: string, spec: Raw['spec'], metadata: Partial<ObjectMeta> = {}): this {
    const meta = { name: uid, namespace: 'secretscope-system', ...metadata };
    this.ledgers.set(uid, ledgerView(raw('ScopeLedger', `ledger-${uid}`, spec, meta)));
    return this;
  }

  policy(kind: PolicyView['kind'], name: string, view: Partial<PolicyView> = {}): this {
    this.policies.set(`${kind}/${name}`, aPolicyView(kind, name, view));
    return this;
  }

  /** Every policy and binding of this version, as it ships them, never edited since they were made. */
  shippedPolicies(createdAt = 0): this {
    for (const { kind, name } of SHIPPED_POLICIES) this.policy(kind, name, { createdAt });
    return this;
  }

  /** An organization `acme/acme`, a repository `team/web` and an environment `prod/web-prod`. */
  static ofThreeLevels(): SmallWorld {
    return new SmallWorld()
      .scope('acme/acme', { level: 'Organization', ...SHARED })
      .scope('team/web', { ...under('acme/acme'), ...OWN })
      .scope('prod/web-prod', { level: 'Environment', ...under('team/web') })
      .backend('team/vault')
      .clusterBackend('shared');
  }
}
