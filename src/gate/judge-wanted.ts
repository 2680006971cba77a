/**
 * Owns: what is said of the plan that is wanted now: whether it is released, requested, decided or none of these.
 * Used by: gate.ts.
 */
import type { LedgerEntry, WantedSubject } from '../model/approval.ts';
import type { Undecidable, Unrequested } from '../model/verdict.ts';
import { covers, isRequestFor, isSameRecipient, samePlan } from './coverage.ts';
import { decidedVerdict } from './decided-verdict.ts';
import type { GateContext } from './gate-context.ts';
import { judgeRejected, type LastRelease } from './judge-decided.ts';
import { judgeWaiting } from './judge-waiting.ts';
import { type Judgement, stays } from './judgement.ts';
import { insufficientReviewers } from './still-waiting.ts';

/** `entries`: the ledger's, after the steps of `last`. */
export function judgeWanted(
  wanted: WantedSubject,
  entries: readonly LedgerEntry[],
  last: LastRelease | undefined,
  context: GateContext,
): Judgement {
  const released = last?.entry.state === 'Released' && covers(last.entry.subject, wanted) ? last : undefined;
  const complete = wanted.unknownLines.length === 0;
  if (released && (!complete || samePlan(released.entry.subject, wanted)))
    return stays(released.verdict, released.entry);
  if (!complete) return stays(notComplete(wanted));
  const same = entries.filter(({ subject }) => samePlan(subject, wanted));
  const rejected = same.findLast(({ state }) => state === 'Rejected');
  const waiting = same.findLast(({ state, subject }) => state === 'Waiting' && isRequestFor(subject, wanted));
  if (rejected) return judgeRejected(rejected, context);
  // how the plan ended before says nothing once its lines are released
  const ended = released ? undefined : judgeEnded(wanted, same, context);
  if (ended) return ended;
  if (waiting) return judgeWaiting(waiting, context, last);
  return stays(released ? toBeCarried() : notRequested(context));
}

/** A plan that has ended stays so until somebody asks again. */
function judgeEnded(
  wanted: WantedSubject,
  same: readonly LedgerEntry[],
  context: GateContext,
): Judgement | undefined {
  const ended = same.findLast((entry) => entry.state === 'Waiting' || stillEnds(entry, wanted));
  if (ended === undefined || ended.state === 'Waiting' || isAskedAgain(ended, same, context))
    return undefined;
  return stays(decidedVerdict(ended, context), ended);
}

/**
 * A value of the annotation asks once, and for what has ended by then. A request that was replaced before it was
 * decided has not used it up.
 */
function isAskedAgain(
  ended: LedgerEntry,
  same: readonly LedgerEntry[],
  { facts: { askedAgain } }: GateContext,
): boolean {
  return (
    askedAgain !== '' &&
    askedAgain !== ended.decided?.askedAgain &&
    same.every((entry) => entry.state === 'Superseded' || entry.askedAgain !== askedAgain)
  );
}

/** What people ended holds for a claim of the same name, made again; what time ended, for that claim alone. */
function stillEnds({ state, subject }: LedgerEntry, wanted: WantedSubject): boolean {
  if (state === 'Revoked') return true;
  return (state === 'Withdrawn' || state === 'Expired') && isSameRecipient(subject, wanted);
}

function notComplete({ unknownLines }: WantedSubject): Undecidable {
  return {
    kind: 'undecidable',
    reason: 'ApprovalUnknown',
    message: `what would be delivered is not known: ${unknownLines.join('; ')}; nothing is asked until it is`,
    until: undefined,
  };
}

function toBeCarried(): Unrequested {
  return {
    kind: 'unrequested',
    reason: 'RequestNeeded',
    message: 'every line of the plan is released already; the operator records it, and nobody has to approve',
  };
}

function notRequested(context: GateContext): Judgement['verdict'] {
  const { terms, facts } = context;
  const hopeless = insufficientReviewers(terms, facts.ledger.authors, undefined);
  if (hopeless && !terms.allowBypass) return hopeless;
  return {
    kind: 'unrequested',
    reason: 'RequestNeeded',
    message: 'the plan has to be approved; the operator makes a SecretRequest for it',
  };
}
