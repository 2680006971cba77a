import type { Authority, DeliveredName } from '../model/plan.ts';

export type { DeliveredName } from '../model/plan.ts';

/**
 * Whether what a scope supplied earlier may stay where it is. To be asked for every delivered value that is not
 * replaced now, whatever stands in the way of replacing it: a target that contradicts itself, a more specific
 * entry that cannot be read, `suspend`, a size. No failure may be a way to keep what authority has taken away
 * (THREATS 10), and what is not known takes nothing away (THREATS 19).
 */
export function mayStay(authority: Authority, delivered: DeliveredName): boolean {
  if (authority.offeredBy.get(delivered.name)?.has(delivered.supplier) === true) return true;
  const { uncertain } = authority;
  if (!uncertain) return false;
  const knowledge = uncertain.known.get(delivered.supplier);
  if (knowledge === undefined) return uncertain.levelsMissing;
  return knowledge === 'explicitOnly' && !delivered.explicit;
}
