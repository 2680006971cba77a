/** Owns: since when votes are proven and authors are written down, by the ledger's memory. Used by: pass-gate.ts. */
import type { Instant } from '../../model/approval.ts';
import type { LedgerSpec } from '../../model/kinds/scope-ledger.ts';
import {
  AUTHOR_POLICIES,
  inForce,
  type PolicyView,
  policiesInForce,
  seenAs,
  VOTE_POLICIES,
} from '../../model/policies-in-force.ts';
import type { World } from '../../watch/world.ts';

export interface GatePolicies {
  /** Absent: votes prove nothing now. */
  readonly votesSince: Instant | undefined;
  /** Those that prove votes, as they were then. */
  readonly votedBy: readonly PolicyView[];
  /** Absent: nobody is written down as an author now. */
  readonly authorsSince: Instant | undefined;
  /** False: it is not known now whether they are; what the ledger says of authors stays as it is. */
  readonly authorsKnown: boolean;
  /** Whether authors have been written down without a gap since the ledger looked last. */
  readonly authorsUnchanged: boolean;
  /** For the ledger; absent: what it remembers of policies is forgotten. */
  readonly record: LedgerSpec['policies'];
}

export function gatePolicies(world: World, remembered: LedgerSpec['policies'], now: Instant): GatePolicies {
  const voting = policiesInForce(world.policies.values(), VOTE_POLICIES);
  const votes = inForce(voting, remembered, now);
  const found = policiesInForce(world.policies.values(), AUTHOR_POLICIES);
  const authorsKnown = world.mutatingKnown() === 'known';
  const objects = found.kind === 'standing' && authorsKnown ? found.objects : [];
  const seen = authorsKnown ? objects.map(seenAs) : seenBefore(remembered);
  const isKnown = ({ name, uid, generation }: (typeof seen)[number]) =>
    remembered?.seen.some((one) => one.name === name && one.uid === uid && one.generation === generation) ===
    true;
  const before = remembered?.authorsSince;
  const known = remembered && before !== undefined ? { ...remembered, inForceSince: before } : undefined;
  const authors = inForce({ kind: 'standing', objects }, known, now);
  const authorsSince = authorsKnown ? authors.record?.inForceSince : before;
  return {
    votesSince: votes.since,
    votedBy: voting.kind === 'standing' ? voting.objects : [],
    authorsSince: authors.since,
    authorsKnown,
    authorsUnchanged: authorsKnown && seen.length > 0 && seen.every(isKnown),
    record: votes.record && {
      ...votes.record,
      ...(authorsSince !== undefined && { authorsSince }),
      seen: [...votes.record.seen, ...seen].sort(byName),
    },
  };
}

/** Of the policies that stamp authors. */
function seenBefore(remembered: LedgerSpec['policies']) {
  const names: readonly string[] = AUTHOR_POLICIES.flatMap((name) => [name, `${name}.binding`]);
  return (remembered?.seen ?? []).filter(({ name }) => names.includes(name));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
