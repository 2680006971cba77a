import type { LedgerView, PolicyView, RequestView, ReviewView } from './approval-views.ts';
import { ledgerScopeKeysOf, scopeKeysOf } from './approval-world.ts';
import { type Interests, listingThing, sourceThing, targetThing } from './interests.ts';
import { onlyStatusChanged, sameAsked, sameNamespace, samePlace, samePolicy } from './same-views.ts';
import type { NamespaceView, ScopeView, View } from './views.ts';
import {
  BY_BACKEND,
  BY_FAN_OUT,
  BY_NAMESPACE,
  BY_PARENT,
  BY_PROTECTED,
  environmentName,
  FANS_OUT,
  IS_PROTECTED,
  keyOf,
  parentKeyOf,
  type ReadStore,
} from './world.ts';

/** What has to be reconciled: a kind and a key. Keys, never objects: the worker reads again. */
export type Wake = (
  kind: 'scope' | 'claim' | 'automation' | 'sealed' | 'publickeys' | 'backend' | 'clusterbackend',
  key: string,
) => void;

/** What the name of a holder begins with that is a claim; a scope's is `namespace/name`. */
export const CLAIM_HOLDER = 'SecretClaim/';
/** The same of a webhook automation, which holds no Secret but has to hear of versions. */
export const AUTOMATION_HOLDER = 'WebhookAutomation/';

interface Scopes extends ReadStore<ScopeView> {
  keys(): Iterable<string>;
}

/**
 * Decides which scopes a change concerns. It errs on the side of waking too many: a scope that finds nothing to
 * do costs a computation and no call.
 */
export class WakeUp {
  readonly #scopes: Scopes;
  readonly #interests: Interests;
  readonly #wake: Wake;

  constructor(scopes: Scopes, interests: Interests, wake: Wake) {
    this.#scopes = scopes;
    this.#interests = interests;
    this.#wake = wake;
  }

  /** A scope changed: itself, everything below it, its parents (old and new) for their counts, its backends. */
  scope(key: string, before: ScopeView | undefined, after: ScopeView | undefined): void {
    if (onlyStatusChanged(before, after) && sameAsked(before, after)) return;
    this.#wake('scope', key);
    for (const below of this.#below(key)) this.#wake('scope', below);
    if (samePlace(before, after)) return;
    for (const view of [before, after]) this.#aroundScope(view);
  }

  #aroundScope(view: ScopeView | undefined): void {
    if (view?.spec.kind !== 'ok') return;
    const { backendRef } = view.spec.value;
    const parent = parentKeyOf(view);
    if (parent !== undefined) {
      this.#wake('scope', parent);
      this.#namesakes(view, parent);
    }
    if (backendRef?.kind === 'SecretBackend')
      this.#wake('backend', keyOf({ ...view.metadata, name: backendRef.name }));
    if (backendRef?.kind === 'ClusterSecretBackend') this.#wake('clusterbackend', backendRef.name);
  }

  /** A younger environment of the same name may take the place of one that goes; other siblings do not care. */
  #namesakes(view: ScopeView, parent: string): void {
    const name = environmentName(view);
    if (name === undefined) return;
    for (const sibling of this.#scopes.by(BY_PARENT, parent))
      if (environmentName(sibling) === name) this.#wake('scope', keyOf(sibling.metadata));
  }

  /** A backend changed: its own check, and every scope that reads with it, or inherits from one that does. */
  backend(
    kind: 'SecretBackend' | 'ClusterSecretBackend',
    key: string,
    before: View<unknown> | undefined,
    after: View<unknown> | undefined,
  ): void {
    if (onlyStatusChanged(before, after)) return;
    this.#wake(kind === 'SecretBackend' ? 'backend' : 'clusterbackend', key);
    const indexKey = kind === 'SecretBackend' ? `${kind}/${key}` : `${kind}//${key}`;
    for (const scope of this.#scopes.by(BY_BACKEND, indexKey)) this.#withBelow(keyOf(scope.metadata));
  }

  /** Labels decide who is admitted: scopes in the namespace, what is below them, and whoever fans out. */
  namespace(before: NamespaceView | undefined, after: NamespaceView | undefined): void {
    const name = (after ?? before)?.name;
    if (name === undefined || sameNamespace(before, after)) return;
    for (const scope of this.#scopes.by(BY_NAMESPACE, name)) this.#withBelow(keyOf(scope.metadata));
    for (const scope of this.#scopes.by(BY_NAMESPACE, name)) this.#aroundScope(scope);
    this.#fansOut();
  }

  /** A namespace was enrolled, or is no longer. Empty: all of them. */
  enrolment(namespace: string): void {
    const scopes =
      namespace === ''
        ? [...this.#scopes.keys()]
        : this.#scopes.by(BY_NAMESPACE, namespace).map((scope) => keyOf(scope.metadata));
    for (const key of scopes) this.#wake('scope', key);
    if (namespace !== '') this.#fansOut();
  }

  /** A key at a backend may have changed; no key means any of them. */
  source(backendUid: string, key: string | undefined): void {
    const named = sourceThing(backendUid, key ?? '');
    const readers = key === undefined ? this.#interests.ofPrefix(named) : this.#interests.of(named);
    const listers = this.#interests.of(listingThing(backendUid));
    for (const holder of new Set([...readers, ...listers])) this.#wakeHolder(holder);
  }

  /** A target Secret changed: who holds it and who wants it. */
  target(
    secret: { readonly namespace: string; readonly name: string },
    holders: readonly (string | undefined)[],
  ): void {
    for (const holder of holders) if (holder !== undefined) this.#wakeHolder(holder);
    for (const holder of this.#interests.of(targetThing(secret.namespace, secret.name)))
      this.#wakeHolder(holder);
  }

  /** A request or a vote changed, came or went: the scope that it is, or was, about. Its status is the operator's. */
  approval(before: RequestView | ReviewView | undefined, after: RequestView | ReviewView | undefined): void {
    if (onlyStatusChanged(before, after)) return;
    this.#wakeEach([before, after].flatMap((view) => (view ? scopeKeysOf(view) : [])));
  }

  /** A ledger changed, mostly by the operator's own hand; somebody who alters one is noticed at once. */
  ledger(before: LedgerView | undefined, after: LedgerView | undefined): void {
    if (onlyStatusChanged(before, after)) return;
    this.#wakeEach([before, after].flatMap((view) => (view ? ledgerScopeKeysOf(view) : [])));
  }

  /** What proves who votes changed; what the API server notes about a policy does not matter. */
  policy(before: PolicyView | undefined, after: PolicyView | undefined): void {
    if (!samePolicy(before, after)) this.protectedScopes();
  }

  /** Everybody who waits for approvals. */
  protectedScopes(): void {
    this.#wakeEach(this.#scopes.by(BY_PROTECTED, IS_PROTECTED).map((scope) => keyOf(scope.metadata)));
  }

  #wakeHolder(holder: string): void {
    if (holder.startsWith(CLAIM_HOLDER)) this.#wake('claim', holder.slice(CLAIM_HOLDER.length));
    else if (holder.startsWith(AUTOMATION_HOLDER))
      this.#wake('automation', holder.slice(AUTOMATION_HOLDER.length));
    else this.#wake('scope', holder);
  }

  #wakeEach(scopes: Iterable<string>): void {
    for (const scope of new Set(scopes)) this.#wake('scope', scope);
  }

  #fansOut(): void {
    for (const scope of this.#scopes.by(BY_FAN_OUT, FANS_OUT)) this.#wake('scope', keyOf(scope.metadata));
  }

  /** A scope and every level below it. */
  levels(key: string): void {
    this.#withBelow(key);
  }

  #withBelow(key: string): void {
    this.#wake('scope', key);
    for (const below of this.#below(key)) this.#wake('scope', below);
  }

  /** Scopes below, level by level; there are three levels, whatever a broken object says. */
  #below(key: string): string[] {
    const children = this.#scopes.by(BY_PARENT, key).map((scope) => keyOf(scope.metadata));
    const grandchildren = children.flatMap((child) =>
      this.#scopes.by(BY_PARENT, child).map((scope) => keyOf(scope.metadata)),
    );
    return [...children, ...grandchildren];
  }
}
