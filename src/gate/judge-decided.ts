/**
 * Owns: what may still become of a decision. Used by: gate.ts, judge-wanted.ts.
 * A release outlives the rights of those who gave it; Revoke, its end and a newer plan end it, nothing else
 * (FAULTS 26).
 */
import type { LedgerEntry, Subject } from '../model/approval.ts';
import type { Expired, Live, Revoked } from '../model/verdict.ts';
import { isSameRecipient } from './coverage.ts';
import {
  expiredVerdict,
  grantEnd,
  rejectedVerdict,
  releasedVerdict,
  revokedVerdict,
} from './decided-verdict.ts';
import { take } from './edges.ts';
import { closesAt, type GateContext, thisMoment } from './gate-context.ts';
import { type Judgement, moves, stays } from './judgement.ts';
import { inDoubt, nextChange } from './next-change.ts';
import { countedVotes, tallyOf } from './tally.ts';

/** The plan that was released last, as it is after this decision. */
export type LastRelease = Judgement<Live['verdict']> & Live;

/** The request that was released last and that nothing has replaced, whatever became of it. */
export function lastRelease(entries: readonly LedgerEntry[], wanted: Subject): LedgerEntry | undefined {
  return entries.findLast(
    ({ grant, state, subject }) =>
      grant !== undefined && state !== 'Superseded' && isSameRecipient(subject, wanted),
  );
}

/** What is said of a release that has ended; undefined while it is in force. */
export function endedVerdict(entry: LedgerEntry): Revoked | Expired | undefined {
  if (entry.state === 'Revoked') return revokedVerdict(entry);
  return entry.state === 'Expired' ? expiredVerdict(entry) : undefined;
}

/** Undefined before the first release. */
export function judgeLastRelease(
  entries: readonly LedgerEntry[],
  wanted: Subject,
  context: GateContext,
): LastRelease | undefined {
  const entry = lastRelease(entries, wanted);
  if (entry === undefined) return undefined;
  const ended = endedVerdict(entry);
  return ended ? { entry, verdict: ended, steps: [] } : judgeReleased(entry, context);
}

function judgeReleased(entry: LedgerEntry, context: GateContext): LastRelease {
  const { terms, facts } = context;
  const tally = tallyOf(entry, context);
  const [doubtful] = tally.undecidable;
  if (tally.vetoes.length > 0) {
    const votes = countedVotes(tally.vetoes);
    const step = take(entry, 'revoke', { ...thisMoment(context), votes, secret: terms.onRevoke });
    return { entry: step.entry, verdict: revokedVerdict(step.entry), steps: [step] };
  }
  if (entry.grant && facts.now >= closesAt(context, grantEnd(entry.grant, context))) {
    const step = take(entry, 'end', { ...thisMoment(context), votes: [], secret: terms.onExpiry });
    return { entry: step.entry, verdict: expiredVerdict(step.entry), steps: [step] };
  }
  if (doubtful) return { entry, verdict: inDoubt(doubtful, nextChange(entry, tally, context)), steps: [] };
  return { entry, verdict: releasedVerdict(entry, context), steps: [] };
}

/** A rejection: whether one of the reviewers has withdrawn it. What is not known keeps it. */
export function judgeRejected(entry: LedgerEntry, context: GateContext): Judgement {
  const tally = tallyOf(entry, context);
  const withdrawals = tally.all.filter(({ weight }) => weight.kind === 'counts');
  if (withdrawals.length === 0)
    return stays(rejectedVerdict(entry, nextChange(entry, tally, context)), entry);
  return moves(entry, { edge: 'withdraw', votes: countedVotes(withdrawals) }, context);
}
