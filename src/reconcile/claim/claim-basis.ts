/** Owns: what a claim is decided on. Used by: reconcile-claim.ts, deliver-claim.ts. */
import type { SeenGenerations } from '../../materialize/delivery-record.ts';
import { keyOf } from '../../watch/world.ts';
import { type Basis, basisOf } from '../approval/basis.ts';
import { generationsOf } from '../behind.ts';
import type { Deps } from '../deps.ts';
import type { Asked } from './asked-scope.ts';

/** Of its scope, and of the claim itself. */
export function claimBasis({ claim, facts, namespace }: Asked, deps: Deps): Basis {
  const { objects, namespaces } = basisOf(facts, deps);
  const { kind, metadata, generation } = claim;
  return {
    objects: new Map([...objects, [`${kind} ${keyOf(metadata)}`, { uid: metadata.uid, generation }]]),
    namespaces: new Map([...namespaces, [namespace.name, namespace]]),
  };
}

export const claimGenerations = (asked: Asked, deps: Deps): SeenGenerations =>
  generationsOf(claimBasis(asked, deps));
