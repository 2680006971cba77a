/**
 * Owns: what becomes of a request that is not decided. Used by: gate.ts.
 * The order is the rule: who says no comes before who says yes, and what is not known before both yes and no.
 */
import type { Grant, LedgerEntry, ReleasedBy } from '../model/approval.ts';
import type { WeighedVote } from '../model/verdict.ts';
import { isVeto } from './ballot.ts';
import { covers } from './coverage.ts';
import {
  authorsOf,
  closesAt,
  type GateContext,
  pendingEnd,
  timerEnd,
  votesUnproven,
} from './gate-context.ts';
import type { LastRelease } from './judge-decided.ts';
import { type Judgement, moves, stays } from './judgement.ts';
import { inDoubt, nextChange } from './next-change.ts';
import { stillWaiting } from './still-waiting.ts';
import { countedVotes, personsIn, type Tally, tallyOf } from './tally.ts';
import { requiredApprovals, requiredBypasses } from './terms.ts';

/** What is released already, in `last`, needs no second approval. */
export function judgeWaiting(
  entry: LedgerEntry,
  context: GateContext,
  last: LastRelease | undefined,
): Judgement {
  const unknown = votesUnproven(context);
  if (unknown) return stays(unknown, entry);
  const tally = tallyOf(entry, context);
  const doubtful = tally.undecidable.find(({ vote }) => isVeto(vote));
  if (tally.vetoes.length > 0)
    return moves(entry, { edge: 'reject', votes: countedVotes(tally.vetoes) }, context);
  if (doubtful) return stays(inDoubt(doubtful, nextChange(entry, tally, context)), entry);
  const open = last?.verdict.kind === 'open' ? last.entry : undefined;
  if (open?.grant && covers(open.subject, entry.subject)) return carried(entry, open.grant, context);
  return judgeYes(entry, tally, context);
}

function judgeYes(entry: LedgerEntry, tally: Tally, context: GateContext): Judgement {
  const { approvals, bypasses, undecidable } = tally;
  if (isBypassed(entry, bypasses, context)) return released(entry, 'bypass', bypasses, context);
  if (isApproved(entry, approvals, context)) {
    if (context.facts.now < timerEnd(context, entry))
      return stays(stillWaiting(entry, tally, context), entry);
    return released(entry, context.terms.minApprovals === 0 ? 'elapse' : 'approve', approvals, context);
  }
  // a vote that may count or not leaves open whether it was approved in time
  const [doubtful] = undecidable;
  if (doubtful && mightOpen(entry, tally, context))
    return stays(inDoubt(doubtful, nextChange(entry, tally, context)), entry);
  if (context.facts.now >= closesAt(context, pendingEnd(context, entry)))
    return moves(entry, { edge: 'expire', votes: [] }, context);
  return stays(stillWaiting(entry, tally, context), entry);
}

function isApproved(entry: LedgerEntry, votes: readonly WeighedVote[], context: GateContext): boolean {
  return personsIn(votes) >= requiredApprovals(context.terms, authorsOf(context, entry));
}

function isBypassed(entry: LedgerEntry, votes: readonly WeighedVote[], context: GateContext): boolean {
  return personsIn(votes) >= requiredBypasses(context.terms, authorsOf(context, entry));
}

function mightOpen(entry: LedgerEntry, tally: Tally, context: GateContext): boolean {
  const unknown = (decision: 'Approve' | 'Bypass') =>
    tally.undecidable.filter(({ vote }) => vote.decision === decision);
  return (
    isApproved(entry, [...tally.approvals, ...unknown('Approve')], context) ||
    isBypassed(entry, [...tally.bypasses, ...unknown('Bypass')], context)
  );
}

function released(
  entry: LedgerEntry,
  edge: ReleasedBy,
  counted: readonly WeighedVote[],
  context: GateContext,
): Judgement {
  const votes = countedVotes(counted);
  const { now } = context.facts;
  const ttl = context.terms.grantTTLMs;
  const grant: Grant = { at: now, by: edge, votes, ...(ttl !== undefined && { expiresAt: now + ttl }) };
  return moves(entry, { edge, votes, grant }, context);
}

/** Nobody approves anew, so no approval lasts longer: votes, time and end are those of the release. */
function carried(entry: LedgerEntry, grant: Grant, context: GateContext): Judgement {
  return moves(entry, { edge: 'carry', votes: grant.votes, grant: { ...grant, by: 'carry' } }, context);
}
