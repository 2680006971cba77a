import type { Instant, LedgerEntry, VoteFacts } from '../model/approval.ts';
import type { Undecidable, WeighedVote } from '../model/verdict.ts';
import { isVeto } from './ballot.ts';
import { grantEnd } from './decided-verdict.ts';
import { closesAt, type GateContext, pendingEnd, timerEnd } from './gate-context.ts';
import type { Tally } from './tally.ts';
import { lapsesAt } from './vote-time-rules.ts';

/**
 * The next moment at which time alone may change what is said of a request; undefined: never. Until then the same facts give the same verdict, so nobody has to look.
 */
export function nextChange(entry: LedgerEntry, { all }: Tally, context: GateContext): Instant | undefined {
  const alive = all.filter(({ weight }) => weight.kind !== 'void').map(({ vote }) => vote);
  const times = [...entryTimes(entry, context), ...alive.flatMap((vote) => voteTimes(vote, context))];
  const next = Math.min(...times.filter((at) => at > context.facts.now));
  return Number.isFinite(next) ? next : undefined;
}

function entryTimes(entry: LedgerEntry, context: GateContext): Instant[] {
  if (entry.grant) return [closesAt(context, grantEnd(entry.grant, context))];
  if (entry.state !== 'Waiting') return [];
  return [timerEnd(context, entry), closesAt(context, pendingEnd(context, entry))];
}

/** When a vote from the future has come, and when a yes through a group lapses. */
function voteTimes(vote: VoteFacts, context: GateContext): Instant[] {
  return [closesAt(context, vote.castAt), ...(isVeto(vote) ? [] : [lapsesAt(vote, context)])];
}

/** What is said of a request while it is not known what a vote on it is worth. */
export function inDoubt({ vote, weight }: WeighedVote, until: Instant | undefined): Undecidable {
  const message = `the vote ${vote.decision} of ${vote.voter.username}: ${weight.message}`;
  return { kind: 'undecidable', reason: weight.reason, message, until };
}
