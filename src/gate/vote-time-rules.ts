/** Owns: what a vote is about, and when it was cast. Used by: weigh-vote.ts. */
import type { Instant, LedgerEntry, VoteFacts } from '../model/approval.ts';
import type { Told } from '../model/verdict.ts';
import { type Ballot, isVeto } from './ballot.ts';
import { closesAt, type GateContext, opensAt, pendingEnd } from './gate-context.ts';
import { spokenFor } from './voter-rules.ts';

/** A vote is for one scope, one request and one plan (FAULTS 27, 28, THREATS 13). */
export function misdirected({ vote, entry }: Ballot): Told | undefined {
  const { request, subject } = entry;
  if (
    vote.scopeUID === subject.scopeUID &&
    vote.request.uid === request.uid &&
    vote.request.name === request.name &&
    vote.subject === subject.digest
  )
    return undefined;
  return {
    reason: 'VoteMisdirected',
    message: `the vote is about another scope, request or plan than SecretRequest ${request.name} is now; look at the request and vote again`,
  };
}

/** Nobody can know a request's UID before there is one, so such a vote was made up or restored (FAULTS 27). */
export function beforeTheRequest({ vote, entry, context }: Ballot): Told | undefined {
  if (vote.castAt >= closesAt(context, entry.createdAt)) return undefined;
  return { reason: 'VoteOutOfTime', message: 'the vote is older than the request; vote again' };
}

/** What can still be said in the state that the request is in; a yes only until pendingTTL is over (spec row GX4). */
export function afterTheDecision({ vote, entry, context }: Ballot): Told | undefined {
  switch (entry.state) {
    case 'Waiting':
      if (isVeto(vote) || vote.castAt < closesAt(context, pendingEnd(context, entry))) return undefined;
      return { reason: 'VoteOutOfTime', message: 'the request had expired; ask again, then vote on that' };
    case 'Released':
      if (isVeto(vote)) return undefined;
      return decidedAlready('released; to take that back, vote Revoke');
    case 'Rejected':
      if (withdraws(vote, entry)) return undefined;
      return decidedAlready('rejected; a reviewer withdraws that with the vote Revoke');
    case 'Withdrawn':
    case 'Revoked':
    case 'Expired':
    case 'Superseded':
      return decidedAlready('closed; ask again, then vote on the new request');
    default:
      return unreachable(entry.state);
  }
}

/** What was said before the rejection, or made it, was not said about it. */
function withdraws(vote: VoteFacts, { decided }: LedgerEntry): boolean {
  if (vote.decision !== 'Revoke' || decided === undefined) return false;
  return vote.castAt > decided.at && !decided.votes.some(({ uid }) => uid === vote.uid);
}

function decidedAlready(how: string): Told {
  return { reason: 'VoteOutOfTime', message: `the request is ${how}` };
}

/** What opens a gate has to be there until it does; what closes one was said (THREATS 21, FAULTS 36). */
export function takenBack({ vote }: Ballot): Told | undefined {
  if (!vote.deleting || isVeto(vote)) return undefined;
  return { reason: 'VoteRemoved', message: 'the vote is being deleted; vote again' };
}

/** A vote that was forged while nothing looked is byte for byte like a true one; only its time tells (API-REVIEW 13). */
export function unproven({ vote, context }: Ballot): Told | undefined {
  const { inForceSince, settleMs } = context.facts.policies;
  if (inForceSince !== undefined && vote.castAt >= opensAt(context, inForceSince + settleMs))
    return undefined;
  return {
    reason: 'VoteUnproven',
    message: `when the vote was cast, the policies that prove who votes had not been in force for ${settleMs / 1000} seconds; vote again`,
  };
}

/** Leaving a group cannot be seen, so what rests on a group alone does not rest for long. Only a yes lapses. */
export function lapsed({ vote, context }: Ballot): Told | undefined {
  if (isVeto(vote) || context.facts.now < lapsesAt(vote, context)) return undefined;
  return {
    reason: 'VoteLapsed',
    message: `a vote through a group counts for ${context.facts.groupVoteTTLMs / 3_600_000} hours until it is decided; vote again`,
  };
}

/** When a yes stops counting if it is not decided before. */
export function lapsesAt(vote: VoteFacts, context: GateContext): Instant {
  const kinds = vote.decision === 'Bypass' ? [vote.as.kind] : spokenFor(vote, context);
  if (!kinds.every((kind) => kind === 'Group')) return Number.POSITIVE_INFINITY;
  return closesAt(context, vote.castAt + context.facts.groupVoteTTLMs);
}

function unreachable(state: never): never {
  throw new Error(`no rule about votes in the state ${String(state)}`);
}
