import type { Candidate } from '../model/plan.ts';
import type { Link } from './chain.ts';
import type { Offer } from './organization-limit.ts';

/** One level's offer of a name; `depth` 0 is the scope asked, higher is less specific. */
export interface Contender {
  readonly link: Link;
  readonly depth: number;
  readonly offer: Offer;
}

/**
 * Who supplies a name: the most specific level that defines it, unless a level above has locked its entry; of
 * several locked entries the highest wins. An entry that is not granted takes no part and locks nothing; one
 * that is granted but beyond the limit takes part, and the name is then broken rather than free.
 */
export function chooseSupplier(contenders: readonly Contender[]): Contender | undefined {
  const granted = contenders.filter((contender) => contender.offer.granted);
  const locked = granted
    .filter((contender) => contender.offer.entry.locked)
    .sort((a, b) => b.depth - a.depth)[0];
  // one beyond the limit is the organization's, the least specific of all, so that any other comes before it
  return locked ?? granted.sort((a, b) => a.depth - b.depth)[0];
}

/** How each level took part, least specific last. */
export function judge(contenders: readonly Contender[], winner: Contender | undefined): Candidate[] {
  return [...contenders]
    .sort((a, b) => a.depth - b.depth)
    .map((contender) => ({
      level: contender.link.scope.spec.level,
      scope: contender.link.scope.id,
      key: contender.offer.entry.from.key,
      locked: contender.offer.entry.locked,
      explicit: contender.offer.entry.explicit,
      verdict: verdictOf(contender, winner),
    }));
}

function verdictOf(contender: Contender, winner: Contender | undefined): Candidate['verdict'] {
  if (!contender.offer.granted) return 'notGranted';
  if (contender.offer.beyondLimit) return 'beyondLimit';
  if (contender === winner || winner === undefined) return 'supplies';
  return winner.depth > contender.depth ? 'overruled' : 'shadowed';
}
