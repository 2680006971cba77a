import type { MayStay } from '../materialize/delivery-record.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { Authority, DeliveredName } from '../model/plan.ts';
import { mayStay } from '../resolve/may-stay.ts';
import { BY_SCOPE_UID, type World } from '../watch/world.ts';

/** The scope that holds a Secret, and the UID under which it delivered to it last. */
export interface Holding {
  readonly uid: string;
  readonly deliveredAs: string | undefined;
}

export const holdingOf = (uid: string, observed: ObservedTarget | undefined): Holding => ({
  uid,
  deliveredAs: observed?.record?.holder.uid,
});

/**
 * Whether a value that was delivered earlier may stay where it is: by the authority of now, or because the scope
 * that supplied it was deleted and made again. A restored organization must not empty its children before its
 * backend answers; the value of the new one replaces the old one as soon as it can be read.
 */
export function lawfulHere(authority: Authority, world: World, holding: Holding): MayStay {
  return (delivered) =>
    mayStay(authority, delivered) ||
    (world.scopes.by(BY_SCOPE_UID, delivered.supplier).length === 0 &&
      isOffered(authority, delivered, holding));
}

/**
 * By a scope that may be the old one's successor. An own entry succeeds only an own one: else an entry that can
 * never be read would keep what another level had supplied. What was discovered is known when it is listed.
 */
function isOffered(
  { offeredBy, uncertain }: Authority,
  { name, explicit, supplier }: DeliveredName,
  { uid, deliveredAs }: Holding,
): boolean {
  const wasOwn = supplier === deliveredAs;
  const succeeds = (other: string) => (other === uid) === wasOwn;
  const pending = explicit ? [] : [...(uncertain?.known ?? [])];
  return (
    [...(offeredBy.get(name) ?? [])].some(succeeds) ||
    pending.some(([other, knowledge]) => knowledge === 'explicitOnly' && succeeds(other))
  );
}
