/** Owns: what a request waits for, who can still do something about it, and when time alone changes it. */
import type { Authors, Instant, LedgerEntry } from '../model/approval.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import type { AuthorsUnknown, Impossible, WaitCause, Waiting } from '../model/verdict.ts';
import { authorsOf, type GateContext, timerEnd } from './gate-context.ts';
import { nextChange } from './next-change.ts';
import { personsIn, type Tally } from './tally.ts';
import { possibleApprovals, requiredApprovals, type Terms, usernameOf } from './terms.ts';
import { requestText, reviewersText, timeText } from './wording.ts';

/** Neither rejected nor released nor expired: what is still missing. */
export function stillWaiting(
  entry: LedgerEntry,
  tally: Tally,
  context: GateContext,
): Waiting | Impossible | AuthorsUnknown {
  const approvals = missingApprovals(entry, tally, context);
  const timer = runningTimer(entry, context);
  const until = nextChange(entry, tally, context);
  const hopeless = approvals && insufficientReviewers(context.terms, authorsOf(context, entry), until);
  if (hopeless) return hopeless;
  const on: WaitCause[] = [...(approvals ? [approvals] : []), ...(timer ? [timer] : [])];
  const { minApprovals } = context.terms;
  return {
    kind: 'waiting',
    request: entry.request,
    on,
    until,
    reason: approvals ? 'AwaitingApproval' : 'WaitTimerRunning',
    message: `${requestText(entry)} waits ${on.map((cause) => causeText(cause, minApprovals)).join(', and ')}`,
  };
}

/**
 * Set when the listed reviewers can never give what is asked for, however they vote. Said at once and before
 * anybody waits (API-REVIEW 5).
 */
export function insufficientReviewers(
  terms: Terms,
  authors: Authors,
  until: Instant | undefined,
): Impossible | AuthorsUnknown | undefined {
  const possible = possibleApprovals(terms, authors);
  const required = requiredApprovals(terms, authors);
  if (possible >= required) return undefined;
  const reason = 'ReviewersInsufficient';
  const counts = `of ${reviewersText(terms.reviewers)}, ${possible} can approve and ${required} have to`;
  const bypass = terms.allowBypass ? ', or have somebody bypass' : '';
  if (possible >= terms.minApprovals)
    return {
      kind: 'authorsUnknown',
      required,
      possible,
      until,
      reason,
      message: `it is not known who asked, so that two reviewers are needed: ${counts}; list another reviewer, or have the change made by a person${bypass}`,
    };
  return {
    kind: 'impossible',
    required,
    possible,
    until,
    reason,
    message: `${counts}; list another reviewer who did not make the change, or lower spec.protection.minApprovals${bypass}`,
  };
}

type Approvals = Extract<WaitCause, { kind: 'approvals' }>;
type Timer = Extract<WaitCause, { kind: 'timer' }>;

function missingApprovals(entry: LedgerEntry, tally: Tally, context: GateContext): Approvals | undefined {
  const required = requiredApprovals(context.terms, authorsOf(context, entry));
  const given = personsIn(tally.approvals);
  if (given >= required) return undefined;
  return { kind: 'approvals', given, required, reviewers: whoMayStill(entry, tally, context) };
}

function runningTimer(entry: LedgerEntry, context: GateContext): Timer | undefined {
  const until = timerEnd(context, entry);
  return context.facts.now < until ? { kind: 'timer', until } : undefined;
}

/** Of a group nobody knows who has voted already, so it stays. */
function whoMayStill(entry: LedgerEntry, { approvals }: Tally, context: GateContext): Reviewer[] {
  const { reviewers, preventSelfReview } = context.terms;
  const barred = preventSelfReview ? authorsOf(context, entry).names : [];
  const done = new Set([...barred, ...approvals.map(({ vote }) => vote.voter.username)]);
  return reviewers.filter((one) => one.kind === 'Group' || !done.has(usernameOf(one)));
}

// a number that nobody asked for has to say where it comes from
const UNCERTAIN = ' (two, since it is not certain who made the change)';

function causeText(cause: WaitCause, minApprovals: number): string {
  switch (cause.kind) {
    case 'approvals':
      return `for approval, ${cause.given} of ${cause.required} so far${cause.required > minApprovals ? UNCERTAIN : ''}: ${reviewersText(cause.reviewers)} may vote on it with a RequestReview`;
    case 'timer':
      return `for its wait timer until ${timeText(cause.until)}: nothing to do but wait`;
    default:
      return unreachable(cause);
  }
}

function unreachable(cause: never): never {
  throw new Error(`no words for ${JSON.stringify(cause)}`);
}
