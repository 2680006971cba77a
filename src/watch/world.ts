import { ownIdentity, sharedIdentity } from '../model/backend-identity.ts';
import type {
  BackendFacts,
  Discovery,
  Facts,
  NamespaceFacts,
  ParentFacts,
  ScopeFacts,
} from '../model/facts.ts';
import { publicKeyMap } from '../model/public-key-map.ts';
import type { ApprovalWorld, Known } from './approval-world.ts';
import type { AutomationsWorld } from './automations-world.ts';
import type { BackendView, ClaimView, ClusterBackendView, NamespaceView, ScopeView } from './views.ts';
import type { WritingWorld } from './writing-watches.ts';

/** What a store of projections answers; `by` reads an index. */
export interface ReadStore<T> {
  get(key: string): T | undefined;
  by(index: string, value: string): readonly T[];
  readonly size: number;
}

/** What the levels are made of. */
export interface LevelsWorld {
  readonly scopes: ReadStore<ScopeView>;
  readonly backends: ReadStore<BackendView>;
  readonly clusterBackends: ReadStore<ClusterBackendView>;
  readonly namespaces: ReadStore<NamespaceView>;
  /** Of which names the values were deleted; whoever may not read ledgers does not know. */
  readonly destroyed?: (scopeUID: string) => Pick<ScopeFacts, 'destroyed'>;
}

/** What is watched of claims; an older installation lacks the kind. */
export interface ClaimsWorld {
  readonly claims: ReadStore<ClaimView>;
  readonly claimsKnown: () => Known;
}

/** Everything watched, as the reflectors hold it right now. */
export interface World extends LevelsWorld, ApprovalWorld, ClaimsWorld, AutomationsWorld, WritingWorld {}

export {
  BY_LEDGER_SCOPE,
  BY_REQUEST_SCOPE,
  BY_REQUEST_UID,
  BY_VOTED_REQUEST,
  BY_VOTED_SCOPE,
} from './approval-world.ts';
export const BY_PARENT = 'parent';
export const BY_BACKEND = 'backend';
export const BY_NAMESPACE = 'namespace';
/** Index of the scopes that deliver to other namespaces than their own; it has one value. */
export const BY_FAN_OUT = 'fanOut';
export const FANS_OUT = 'yes';
/** Index of the scopes under protection; it has one value. */
export const BY_PROTECTED = 'protected';
export const IS_PROTECTED = 'yes';
/** Index of scopes by UID: whether one that supplied something is still there. */
export const BY_SCOPE_UID = 'uid';
/** Index of scopes by the ConfigMap that holds their public key. */
export const BY_KEY_MAP = 'keyMap';
/** Index of target Secrets by who holds them, as `namespace/name` of a scope or `SecretClaim/namespace/name`. */
export const BY_HOLDER = 'holder';

export const keyOf = (ref: { readonly namespace: string; readonly name: string }): string =>
  `${ref.namespace}/${ref.name}`;

/** `namespace/name` of the scope that a scope names as its parent. */
export function parentKeyOf(scope: ScopeView): string | undefined {
  if (scope.spec.kind !== 'ok') return undefined;
  const ref = scope.spec.value.parentRef;
  return ref ? `${ref.namespace ?? scope.metadata.namespace}/${ref.name}` : undefined;
}

/** Names a backend in an index: `SecretBackend/namespace/name` or `ClusterSecretBackend//name`. */
export function backendKeyOf(scope: ScopeView): string | undefined {
  if (scope.spec.kind !== 'ok' || !scope.spec.value.backendRef) return undefined;
  const { kind, name } = scope.spec.value.backendRef;
  return `${kind}/${kind === 'SecretBackend' ? scope.metadata.namespace : ''}/${name}`;
}

/** Indexes of the store of scopes. */
export const SCOPE_INDEXES: Readonly<Record<string, (scope: ScopeView) => readonly string[]>> = {
  [BY_PARENT]: (scope) => [parentKeyOf(scope)].filter((key) => key !== undefined),
  [BY_BACKEND]: (scope) => [backendKeyOf(scope)].filter((key) => key !== undefined),
  [BY_NAMESPACE]: (scope) => [scope.metadata.namespace],
  [BY_FAN_OUT]: (scope) => (fansOut(scope) ? [FANS_OUT] : []),
  [BY_PROTECTED]: (scope) => (isProtected(scope) ? [IS_PROTECTED] : []),
  [BY_SCOPE_UID]: (scope) => [scope.metadata.uid],
  [BY_KEY_MAP]: (scope) => [publicKeyMap(scope.metadata.uid)],
};

/** Index of claims by the scope that they name, as `namespace/name`. */
export const BY_CLAIMED_SCOPE = 'claimed';

/** `namespace/name` of the scope that a claim names. */
export function claimedScopeOf(claim: ClaimView): string | undefined {
  if (claim.spec.kind !== 'ok') return undefined;
  const { namespace = claim.metadata.namespace, name } = claim.spec.value.scopeRef;
  return `${namespace}/${name}`;
}

/** Indexes of the store of claims. */
export const CLAIM_INDEXES: Readonly<Record<string, (claim: ClaimView) => readonly string[]>> = {
  [BY_CLAIMED_SCOPE]: (claim) => [claimedScopeOf(claim)].filter((key) => key !== undefined),
  [BY_NAMESPACE]: (claim) => [claim.metadata.namespace],
};

function isProtected({ spec }: ScopeView): boolean {
  return spec.kind === 'ok' && spec.value.protection !== undefined;
}

function fansOut({ spec }: ScopeView): boolean {
  return spec.kind === 'ok' && spec.value.targets?.some((target) => target.namespaces) === true;
}

export type Discoveries = (scope: ScopeView, backend: BackendFacts) => ReadonlyMap<string, Discovery>;

/**
 * The facts about one scope for the pure core: itself, the levels above, their namespaces and backends. Only
 * for a scope whose own spec is valid and whose namespace is known; undefined otherwise.
 */
export function factsOf(world: LevelsWorld, scope: ScopeView, discoveries: Discoveries): Facts | undefined {
  const own = scopeFacts(world, scope, discoveries);
  if (!own) return undefined;
  return {
    scope: own,
    parent: parentFacts(world, scope, discoveries, new Set([keyOf(scope.metadata)])),
  };
}

export function scopeFacts(
  world: LevelsWorld,
  scope: ScopeView,
  discoveries: Discoveries,
): ScopeFacts | undefined {
  const namespace = namespaceFacts(world, scope.metadata.namespace);
  if (!namespace || scope.spec.kind !== 'ok') return undefined;
  const backend = backendFacts(world, scope);
  return {
    id: scope.metadata,
    spec: scope.spec.value,
    namespace,
    backend,
    discovered: discoveries(scope, backend),
    ...world.destroyed?.(scope.metadata.uid),
  };
}

export function namespaceFacts(world: LevelsWorld, name: string): NamespaceFacts | undefined {
  const view = world.namespaces.get(name);
  return view ? { name: view.name, uid: view.uid, labels: view.labels } : undefined;
}

function parentFacts(
  world: LevelsWorld,
  scope: ScopeView,
  discoveries: Discoveries,
  seen: Set<string>,
): ParentFacts {
  const key = parentKeyOf(scope);
  if (key === undefined) return { kind: 'none' };
  const parent = world.scopes.get(key);
  // levels forbid a cycle, but an object from before the rule must not hang the operator
  if (!parent || seen.has(key)) return { kind: 'unknown', why: 'NotFound' };
  if (parent.deleting) return { kind: 'unknown', why: 'Deleting' };
  if (parent.spec.kind !== 'ok') return { kind: 'unknown', why: 'Invalid' };
  const facts = scopeFacts(world, parent, discoveries);
  if (!facts) return { kind: 'unknown', why: 'NotSynced' };
  return { kind: 'found', scope: facts, parent: parentFacts(world, parent, discoveries, seen.add(key)) };
}

export function backendFacts(world: LevelsWorld, scope: ScopeView): BackendFacts {
  const ref = scope.spec.kind === 'ok' ? scope.spec.value.backendRef : undefined;
  if (!ref) return { kind: 'none' };
  const missing: BackendFacts = { kind: 'missing', refKind: ref.kind, name: ref.name };
  const found =
    ref.kind === 'SecretBackend'
      ? ownBackend(world.backends.get(`${scope.metadata.namespace}/${ref.name}`))
      : sharedBackend(world.clusterBackends.get(ref.name));
  return found ?? missing;
}

export function ownBackend(view: BackendView | undefined): BackendFacts | undefined {
  if (!view || view.deleting || view.spec.kind !== 'ok') return undefined;
  const { provider, identity } = ownIdentity(view.spec.value, view.metadata.namespace);
  return { kind: 'found', id: view.metadata, refKind: 'SecretBackend', provider, identity, grants: 'own' };
}

export function sharedBackend(view: ClusterBackendView | undefined): BackendFacts | undefined {
  if (!view || view.deleting || view.spec.kind !== 'ok') return undefined;
  const { provider, identity } = sharedIdentity(view.spec.value);
  const { grants = [] } = view.spec.value;
  return { kind: 'found', id: view.metadata, refKind: 'ClusterSecretBackend', provider, identity, grants };
}

/**
 * Older environments that name the same parent and have the same name, compared without case (GX12). Whether they
 * belong to that repository at all is the repository's to say, not theirs.
 */
export function olderNamesakes(world: LevelsWorld, scope: ScopeView): ScopeView[] {
  const parent = parentKeyOf(scope);
  const name = environmentName(scope);
  if (parent === undefined || name === undefined) return [];
  const siblings = world.scopes
    .by(BY_PARENT, parent)
    .filter((other) => other.metadata.uid !== scope.metadata.uid);
  return siblings.filter((other) => environmentName(other) === name && isOlder(other, scope));
}

export function environmentName(scope: ScopeView): string | undefined {
  if (scope.spec.kind !== 'ok' || scope.spec.value.level !== 'Environment') return undefined;
  return (scope.spec.value.environmentName ?? scope.metadata.name).toLowerCase();
}

const isOlder = (a: ScopeView, b: ScopeView): boolean =>
  a.createdAt === b.createdAt ? a.metadata.uid < b.metadata.uid : a.createdAt < b.createdAt;
