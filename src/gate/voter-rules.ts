/** Owns: whether the voter may say this, today. Used by: weigh-vote.ts. */
import type { VoteFacts } from '../model/approval.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import type { Told } from '../model/verdict.ts';
import { type Ballot, isVeto } from './ballot.ts';
import { authorsOf, type GateContext } from './gate-context.ts';
import { isMachine } from './persons.ts';
import { reviewerText } from './wording.ts';

/** Off unless the scope allows it, and never without a reason (spec row GX10, THREATS 13). */
export function bypassRefused({ vote, context }: Ballot): Told | undefined {
  if (vote.decision !== 'Bypass') return undefined;
  if (!context.terms.allowBypass)
    return {
      reason: 'BypassNotAllowed',
      message: 'spec.protection.allowBypass of the scope is not set; have a reviewer approve',
    };
  if (vote.hasComment) return undefined;
  return { reason: 'BypassNotAllowed', message: 'a bypass needs a reason; vote again with spec.comment' };
}

/** Whoever bypasses need not be a reviewer; everybody else is one, today and in the capacity that was proven. */
export function notListed({ vote, context }: Ballot): Told | undefined {
  const speaksFor = spokenFor(vote, context);
  // a reviewer that begins with system: and is no listed service account can only be a mistake (THREATS 13)
  const machine = isMachine(vote.voter.username) && !speaksFor.includes('ServiceAccount');
  if ((vote.decision === 'Bypass' || speaksFor.length > 0) && !machine) return undefined;
  return {
    reason: 'NotAReviewer',
    message: `${reviewerText(vote.as)} is not in spec.protection.requiredReviewers of the scope, or is a service account of the namespaces it guards; have a listed reviewer vote`,
  };
}

/** The kinds of listed reviewers that the voter may speak for. */
export function spokenFor(vote: VoteFacts, context: GateContext): Reviewer['kind'][] {
  const listed = context.terms.reviewers.map(reviewerText);
  return vote.voter.countsFor.filter((one) => listed.includes(reviewerText(one))).map(({ kind }) => kind);
}

/** No author approves or bypasses where that is prevented (spec rows GX2, Q9). */
export function selfReview({ vote, entry, context }: Ballot): Told | undefined {
  if (!authorsOf(context, entry).names.includes(vote.voter.username)) return undefined;
  // an author may always stop a plan of their own (Q9), but never take back that others stopped it (THREATS 8)
  const bars = entry.state === 'Rejected' || (context.terms.preventSelfReview && !isVeto(vote));
  if (!bars) return undefined;
  return {
    reason: 'SelfReviewPrevented',
    message: `${vote.voter.username} changed what this request covers; have another reviewer vote`,
  };
}

/** The right is asked for again when it is decided; one right is never taken for the other (FAULTS 26, 33). */
export function notAuthorized({ vote }: Ballot): Told | undefined {
  const { username, capacity, standing } = vote.voter;
  const needed = vote.decision === 'Bypass' ? 'bypass' : 'approve';
  if (capacity === needed && standing !== 'notAuthorized') return undefined;
  return {
    reason: 'ReviewerNotAuthorized',
    message: `${username} does not hold the right ${needed} on this scope now; give it to them, or have another reviewer vote`,
  };
}
