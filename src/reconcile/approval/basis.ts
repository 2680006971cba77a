/**
 * Owns: what a decision was made from, by UID and generation, so that a release can be compared with it. It has to be
 * taken when the facts are: what the watch shows later is not what was decided on (THREATS 21).
 */
import type { Facts, NamespaceFacts, ScopeFacts } from '../../model/facts.ts';
import type { TargetPlan } from '../../model/plan.ts';
import { keyOf, namespaceFacts } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';

/** An object as it was when it was looked at. */
export interface SeenAs {
  readonly uid: string;
  readonly generation: number;
}

export interface Basis {
  /** Of the scope, the levels above and their backends, by `Kind namespace/name`. */
  readonly objects: ReadonlyMap<string, SeenAs>;
  /** Namespaces by name: which one it is, and the labels that decide whether it is admitted. */
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>;
}

/** Of the scope and everything above it, as the world shows them now. */
export function basisOf(facts: Facts, { world }: Deps): Basis {
  const objects = new Map<string, SeenAs>();
  const namespaces = new Map<string, NamespaceFacts>();
  for (const { id, backend, namespace } of levelsOf(facts)) {
    note(objects, `SecretScope ${keyOf(id)}`, world.scopes.get(keyOf(id)));
    namespaces.set(namespace.name, namespace);
    if (backend.kind !== 'found') continue;
    const isOwn = backend.refKind === 'SecretBackend';
    const view = isOwn ? world.backends.get(keyOf(backend.id)) : world.clusterBackends.get(backend.id.name);
    note(objects, `${backend.refKind} ${keyOf(backend.id)}`, view);
  }
  return { objects, namespaces };
}

/** With the namespaces that plans go to. */
export function withDestinations(basis: Basis, plans: readonly TargetPlan[], { world }: Deps): Basis {
  const namespaces = new Map(basis.namespaces);
  for (const { namespace } of plans) {
    const known = namespaceFacts(world, namespace);
    if (known && !namespaces.has(namespace)) namespaces.set(namespace, known);
  }
  return { ...basis, namespaces };
}

/** The scope, and the levels above it that are known. */
export function levelsOf(facts: Facts): ScopeFacts[] {
  const levels = [facts.scope];
  for (let { parent } = facts; parent.kind === 'found'; parent = parent.parent) levels.push(parent.scope);
  return levels;
}

function note(
  objects: Map<string, SeenAs>,
  key: string,
  view: { readonly metadata: { readonly uid: string }; readonly generation: number } | undefined,
): void {
  if (view) objects.set(key, { uid: view.metadata.uid, generation: view.generation });
}
