import { type CountedVote, type LedgerEntry, MAX_VOTES } from '../model/approval.ts';
import type { WeighedVote } from '../model/verdict.ts';
import { isVeto } from './ballot.ts';
import type { GateContext } from './gate-context.ts';
import { distinctPersons } from './persons.ts';
import { weigh } from './weigh-vote.ts';

/** The votes on one request, sorted by what they are worth. */
export interface Tally {
  readonly all: readonly WeighedVote[];
  readonly vetoes: readonly WeighedVote[];
  readonly approvals: readonly WeighedVote[];
  readonly bypasses: readonly WeighedVote[];
  /** Votes of which it is not known yet whether they count. */
  readonly undecidable: readonly WeighedVote[];
}

/** Votes that name no request of this consumer are nobody's here; those that name this one are weighed. */
export function tallyOf(entry: LedgerEntry, context: GateContext): Tally {
  const votes = context.facts.votes.filter(({ request }) => request.uid === entry.request.uid);
  // a vote that is told twice is one vote
  const weighed = [...new Map(votes.map((vote) => [vote.uid, vote])).values()]
    .map((vote) => ({ vote, weight: weigh(vote, entry, context) }))
    .sort(earliestFirst);
  const counted = weighed.filter(({ weight }) => weight.kind === 'counts');
  return {
    all: weighed,
    vetoes: counted.filter(({ vote }) => isVeto(vote)),
    approvals: counted.filter(({ vote }) => vote.decision === 'Approve'),
    bypasses: counted.filter(({ vote }) => vote.decision === 'Bypass'),
    undecidable: weighed.filter(({ weight }) => weight.kind === 'undecidable'),
  };
}

/** How many different people cast these votes (FAULTS 34). */
export function personsIn(votes: readonly WeighedVote[]): number {
  return distinctPersons(votes.map(({ vote }) => vote.voter));
}

/** What the ledger and a release keep of votes; the order of votes makes no difference. */
export function countedVotes(votes: readonly WeighedVote[]): CountedVote[] {
  return votes.slice(0, MAX_VOTES).map(({ vote: { uid, voter, decision, castAt } }) => ({
    uid,
    username: voter.username,
    decision,
    castAt,
  }));
}

function earliestFirst({ vote: a }: WeighedVote, { vote: b }: WeighedVote): number {
  return a.castAt - b.castAt || (a.uid < b.uid ? -1 : 1);
}
