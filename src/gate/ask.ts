import type { GateFacts, Instant, LedgerEntry, RequestId, WantedSubject } from '../model/approval.ts';
import type { Step } from '../model/verdict.ts';
import { samePlan } from './coverage.ts';
import type { EdgeName } from './edges.ts';

/**
 * The first edge of a request that has just been made for `wanted`. It has to be in the ledger before a vote on it
 * counts: a request that the ledger does not know was made by somebody else, or before the ledger was lost.
 * `createdAt` is the request's creationTimestamp; wait timer and pendingTTL run from it (spec row GX5).
 */
export function ask(
  wanted: WantedSubject,
  request: RequestId,
  createdAt: Instant,
  { ledger, askedAgain }: GateFacts,
): Step<EdgeName> {
  const { unknownLines: _, ...subject } = wanted;
  const { authors } = ledger;
  const entry: LedgerEntry = { request, subject, askedAgain, createdAt, authors, state: 'Waiting' };
  const again = ledger.entries.some((one) => hasEnded(one) && samePlan(one.subject, wanted));
  return { edge: askedAgain !== '' && again ? 'askAgain' : 'ask', entry };
}

function hasEnded({ state }: LedgerEntry): boolean {
  return state === 'Withdrawn' || state === 'Revoked' || state === 'Expired';
}
