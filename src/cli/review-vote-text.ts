/** Owns: what is said to a voter before and after the vote. Used by: review-cast.ts. Pure. */
import type { VoteDecision } from '../model/approval.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import type { ReviewSpec } from '../model/kinds/request-review.ts';
import type { Caller, Place } from './review-cluster.ts';
import type { Guard } from './review-guard.ts';
import type { ShownRequest } from './review-request.ts';
import type { Heard } from './review-wait.ts';
import { quoted, reviewerText } from './review-wording.ts';

interface Occasion {
  readonly decision: VoteDecision;
  readonly as: Reviewer;
  readonly caller: Caller;
  readonly guard: Guard | undefined;
  readonly shown: ShownRequest;
}

/** What makes it likely that the vote will not count, or not for long. The operator has the last word. */
export function cautions({ decision, as, caller, guard, shown }: Occasion): string[] {
  const { spec, operatorSays } = shown;
  const opens = decision === 'Approve' || decision === 'Bypass';
  if (!opens) return [];
  const { state = 'Waiting' } = operatorSays;
  const own = guard?.preventSelfReview && spec.authors.includes(caller.username);
  return [
    ...(state === 'Waiting'
      ? []
      : [`the operator says that this request is ${state}; only one that waits can be released`]),
    ...(own
      ? [
          'you changed what this request covers, and the scope lets no author release it; have somebody else vote',
        ]
      : []),
    ...(as.kind === 'Group'
      ? [
          'a vote as a member of a group lapses if it is not decided within 24 hours, or what the operator is set to',
        ]
      : []),
  ];
}

export function votedText({ decision, as, reviewer }: ReviewSpec, request: Place, vote: Place): string {
  return `${decision} by ${quoted(reviewer.username)} as ${reviewerText(as)} on ${request.namespace}/${request.name}: RequestReview ${vote.name}`;
}

/** What is missing where one vote is not enough: `1/2`, as the operator shows it in a request that waits. */
export function missingText({ state, approvals }: ShownRequest['operatorSays']): string | undefined {
  const [, given, required] = /^(\d+)\/(\d+)$/.exec(approvals ?? '') ?? [];
  const more = Number(required) - Number(given);
  if (state !== 'Waiting' || given === '0' || !(more > 0)) return undefined;
  return `${given} of ${required} approvals are there: ${more} more ${more === 1 ? 'is' : 'are'} needed`;
}

interface Told {
  readonly worth: 'counts' | 'nothing' | 'open';
  readonly text: string;
}

/** What the operator says of a vote that is stored. */
export function heardText(heard: Heard, request: Place): Told {
  const later = `look later: secretscope review show ${request.name} -n ${request.namespace}`;
  if (heard.kind === 'unseen')
    return { worth: 'open', text: `what it is worth cannot be read now: ${heard.why}; ${later}` };
  const { counted } = heard;
  if (!counted) return { worth: 'open', text: `the operator has not said yet what it is worth; ${later}` };
  const says = `${counted.reason}: ${counted.message}`;
  switch (counted.status) {
    case 'True':
      return { worth: 'counts', text: `the operator says that it counts (${says})` };
    case 'Unknown':
      return { worth: 'open', text: `the operator does not know yet (${says}); ${later}` };
    case 'False':
      return {
        worth: 'nothing',
        text: `the vote is stored, but the operator says that it does not count. ${says}`,
      };
    default:
      // a status is not validated: a word that we do not know is no yes
      return { worth: 'open', text: `the operator says ${says}; ${later}` };
  }
}
