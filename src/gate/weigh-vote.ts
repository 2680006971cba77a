/**
 * Owns: what one vote is worth for one request, and why. Used by: tally.ts, told-votes.ts.
 * Admission has proven who voted; here is asked again whatever may have changed since, or was never true.
 */
import type { LedgerEntry, VoteFacts } from '../model/approval.ts';
import type { VoteWeight } from '../model/verdict.ts';
import type { Ballot, VoteRule } from './ballot.ts';
import { closesAt, type GateContext } from './gate-context.ts';
import {
  afterTheDecision,
  beforeTheRequest,
  lapsed,
  misdirected,
  takenBack,
  unproven,
} from './vote-time-rules.ts';
import { bypassRefused, notAuthorized, notListed, selfReview } from './voter-rules.ts';

/** All of them have to pass; the first that does not gives the reason. What will never change comes first. */
const RULES: readonly VoteRule[] = [
  misdirected,
  beforeTheRequest,
  unproven,
  bypassRefused,
  notListed,
  selfReview,
  takenBack,
  afterTheDecision,
  lapsed,
  notAuthorized,
];

/** What `vote` is worth for the request of `entry` in the state that it is in. */
export function weigh(vote: VoteFacts, entry: LedgerEntry, context: GateContext): VoteWeight {
  const ballot = { vote, entry, context };
  for (const rule of RULES) {
    const fault = rule(ballot);
    if (fault) return { kind: 'void', ...fault };
  }
  return notYetKnown(ballot) ?? { kind: 'counts', reason: 'VoteCounted', message: 'the vote counts' };
}

function notYetKnown({ vote, context }: Ballot): VoteWeight | undefined {
  if (context.facts.now < closesAt(context, vote.castAt))
    return {
      kind: 'undecidable',
      reason: 'ApprovalUnknown',
      message:
        'the vote is from the future by the clocks of the API servers; compare their time, it counts once it has come',
    };
  if (vote.voter.standing !== 'unknown') return undefined;
  return {
    kind: 'undecidable',
    reason: 'ApprovalUnknown',
    message: `whether ${vote.voter.username} still may vote could not be looked up; the operator asks again by itself`,
  };
}
