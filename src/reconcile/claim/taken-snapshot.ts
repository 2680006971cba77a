/** Owns: the Secret of a Snapshot that was taken, which is never written again. Used by: deliver-claim.ts. */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import type { Asked } from './asked-scope.ts';
import { wasDelivered } from './claim-ending.ts';
import { isSnapshot } from './claim-plan.ts';
import { heldBy } from './release-claimed.ts';

/** What was delivered to this very claim, and not to an earlier one of its name. */
export function ownSecretOf({ claim }: Asked, deps: Deps): ObservedTarget | undefined {
  return heldBy(claim, deps).find(({ record }) => record?.holder.uid === claim.metadata.uid);
}

export function takenSnapshot(asked: Asked, deps: Deps): ObservedTarget | undefined {
  return isSnapshot(asked) ? ownSecretOf(asked, deps) : undefined;
}

/** Whether it was there and is not seen any more. Where the operator may see no Secret, none is known to be lost. */
export function isUnseen(asked: Asked, deps: Deps): boolean {
  const enrolment = deps.enrolment(asked.namespace.name);
  const maySee = enrolment === 'enrolled' || enrolment === 'starting';
  return isSnapshot(asked) && maySee && wasDelivered(asked.claim) && !takenSnapshot(asked, deps);
}

/** Whether the watch will show it: one may be behind another. What is there and not provably ours any more is lost. */
export async function isOnItsWay(
  { wish, namespace }: Asked,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const place = { namespace: namespace.name, name: wish.secretName };
  if (deps.targets.get(keyOf(place))) return false;
  const found = await deps.writer.look(place, signal);
  return found?.managed === true && !found.deleting;
}
