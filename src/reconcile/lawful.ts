import type { Authority, DeliveredName } from '../model/plan.ts';
import { mayStay } from '../resolve/may-stay.ts';
import { BY_SCOPE_UID, type World } from '../watch/world.ts';

/**
 * Whether a value that was delivered earlier may stay where it is: by the authority of now, or because the scope
 * that supplied it was deleted and made again. A restored organization must not empty its children before its
 * backend answers; the value of the new one replaces the old one as soon as it can be read.
 */
export function lawfulHere(authority: Authority, world: World): (delivered: DeliveredName) => boolean {
  return (delivered) =>
    mayStay(authority, delivered) ||
    (world.scopes.by(BY_SCOPE_UID, delivered.supplier).length === 0 && isOffered(authority, delivered));
}

/** By whomever. What was discovered cannot be told before the listing is there. */
function isOffered({ offeredBy, uncertain }: Authority, { name, explicit }: DeliveredName): boolean {
  const pending = !explicit && [...(uncertain?.known.values() ?? [])].includes('explicitOnly');
  return offeredBy.has(name) || pending;
}
