/** Owns: what a claim is decided on. Used by: asked-scope.ts, at the moment when the facts are taken. */
import { keyOf } from '../../watch/world.ts';
import { type Basis, basisOf } from '../approval/basis.ts';
import type { Deps } from '../deps.ts';
import type { Asked } from './asked-scope.ts';

/** Of its scope, and of the claim itself. */
export function claimBasis(
  { claim, facts, namespace }: Pick<Asked, 'claim' | 'facts' | 'namespace'>,
  deps: Deps,
): Basis {
  const { objects, namespaces } = basisOf(facts, deps);
  const { kind, metadata, generation } = claim;
  return {
    objects: new Map([...objects, [`${kind} ${keyOf(metadata)}`, { uid: metadata.uid, generation }]]),
    namespaces: new Map([...namespaces, [namespace.name, namespace]]),
  };
}
