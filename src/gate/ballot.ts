import type { LedgerEntry, VoteFacts } from '../model/approval.ts';
import type { Told } from '../model/verdict.ts';
import type { GateContext } from './gate-context.ts';

/** One vote before the gate: on which request, and what is looked at. */
export interface Ballot {
  readonly vote: VoteFacts;
  readonly entry: LedgerEntry;
  readonly context: GateContext;
}

/** Why a vote is void, or undefined. */
export type VoteRule = (ballot: Ballot) => Told | undefined;

/** A vote that says no: it stops a request, and after the release it ends it (API-REVIEW 15). */
export function isVeto({ decision }: VoteFacts): boolean {
  return decision === 'Reject' || decision === 'Revoke';
}
