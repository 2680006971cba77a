import type { LedgerEntry, VoteFacts } from '../model/approval.ts';
import type { VoteWeight, WeighedVote } from '../model/verdict.ts';
import type { GateContext } from './gate-context.ts';
import { weigh } from './weigh-vote.ts';

/** Of every vote, what it was or is worth; `entries` are the ledger's after the decision. Nothing rests on this. */
export function toldVotes(entries: readonly LedgerEntry[], context: GateContext): WeighedVote[] {
  return context.facts.votes.map((vote) => ({ vote, weight: told(vote, entries, context) }));
}

function told(vote: VoteFacts, entries: readonly LedgerEntry[], context: GateContext): VoteWeight {
  const entry = entries.find(({ request }) => request.uid === vote.request.uid);
  if (entry === undefined)
    return {
      kind: 'void',
      reason: 'VoteMisdirected',
      message:
        'the operator has made no such request for this target or claim; look for its SecretRequest and vote on that',
    };
  const made = [...(entry.grant?.votes ?? []), ...(entry.decided?.votes ?? [])];
  if (made.some(({ uid }) => uid === vote.uid))
    return { kind: 'counts', reason: 'VoteCounted', message: 'the vote was counted in the decision' };
  return weigh(vote, entry, context);
}
