/**
 * Owns: facts of which a part cannot be seen: a backend outside of the files, or that the caller may not read.
 * Used by: explain, render and diff. Pure.
 */
import type { BackendFacts, Facts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import type { PlanLine, TargetPlan } from '../model/plan.ts';
import type { ScopeView } from '../watch/views.ts';
import { factsOf, type LevelsWorld } from '../watch/world.ts';

type Missing = Extract<BackendFacts, { kind: 'missing' }>;
/** `namespace` is that of the scope that names it. */
export type IsUnseen = (backend: Missing, namespace: string) => boolean;

const UNSEEN_UID = 'unseen';

/**
 * As if an unseen backend granted every key: what it does grant is not known, so nothing may be called refused for
 * it. Lines that depend on it are told apart by `isUnseen`.
 */
export function visibleFacts(world: LevelsWorld, scope: ScopeView, unseen: IsUnseen): Facts | undefined {
  const facts = factsOf(world, scope, () => new Map());
  return (
    facts && { ...facts, scope: visible(facts.scope, unseen), parent: visibleParent(facts.parent, unseen) }
  );
}

export function isUnseen({ backend }: Pick<PlanLine, 'backend'>): boolean {
  return backend.id.uid === UNSEEN_UID;
}

/** `ClusterSecretBackend acme`, `SecretBackend team-web/local`. */
export function backendName(
  refKind: 'SecretBackend' | 'ClusterSecretBackend',
  name: string,
  namespace: string,
): string {
  return refKind === 'SecretBackend' ? `${refKind} ${namespace}/${name}` : `${refKind} ${name}`;
}

function visibleParent(parent: ParentFacts, unseen: IsUnseen): ParentFacts {
  if (parent.kind !== 'found') return parent;
  return { ...parent, scope: visible(parent.scope, unseen), parent: visibleParent(parent.parent, unseen) };
}

function visible(scope: ScopeFacts, unseen: IsUnseen): ScopeFacts {
  const { backend } = scope;
  const { namespace } = scope.id;
  if (backend.kind !== 'missing' || !unseen(backend, namespace)) return scope;
  const { refKind, name } = backend;
  // what AWS does not take as a key, no provider takes
  const provider = 'aws' as const;
  const id = { namespace, name, uid: UNSEEN_UID };
  return { ...scope, backend: { kind: 'found', id, refKind, provider, identity: null, grants: 'own' } };
}

/** The scope asked and those above it, as far as they are known; most specific first. */
export function levelsOf({ scope, parent }: Facts): ScopeFacts[] {
  const levels = [scope];
  for (let above = parent; above.kind === 'found'; above = above.parent) levels.push(above.scope);
  return levels;
}

/** `namespace/name` of the first level above that is not there to be looked at. */
export function missingParent(facts: Facts): string | undefined {
  let { parent } = facts;
  while (parent.kind === 'found') parent = parent.parent;
  if (parent.kind === 'none' || parent.why !== 'NotFound') return undefined;
  const top = levelsOf(facts).at(-1);
  const ref = top?.spec.parentRef;
  return ref && `${ref.namespace ?? top.id.namespace}/${ref.name}`;
}

/** Unseen backends that entries of the scope itself are read with. */
export function unseenBackends(plan: Pick<TargetPlan, 'keys'>, { scope }: Facts): string[] {
  const lines = plan.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : []));
  const unseen = lines.filter((line) => isUnseen(line) && line.scope.uid === scope.id.uid);
  return [...new Set(unseen.map(({ backend }) => `${backend.refKind} ${backend.id.name}`))];
}
