import { remembered } from '../../gate/remembered.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import { MAX_REQUESTS } from '../../model/kinds/scope-ledger.ts';

// enough to see what happened lately; a target that is edited all day must not push out the others' history
const ENDED_KEPT = 10;
// every job has a claim of another name: of all of them together, so many that have ended, and so many rejections. Whoever
// wants to shed a rejection needs as many others first
const CLAIMS_KEPT = 32;

/** What the ledger keeps: of each consumer the newest ended requests, and everything that still counts. */
export function rememberedOf(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const ended = Map.groupBy(
    entries.filter((entry) => !stillCounts(entry)),
    ({ subject: { consumer } }) => `${consumer.kind}/${consumer.namespace}/${consumer.name}`,
  );
  const claims = entries.filter(({ subject }) => subject.consumer.kind === 'SecretClaim');
  const surplus = new Set([
    ...[...ended.values()].flatMap((list) => list.slice(0, -ENDED_KEPT)),
    ...claims.filter(({ state }) => state === 'Superseded').slice(0, -CLAIMS_KEPT),
    // what was merely replaced must not push out what ended: forgotten, it is asked for once more
    ...claims.filter((entry) => !stillCounts(entry) && entry.state !== 'Superseded').slice(0, -CLAIMS_KEPT),
    ...claims.filter(({ state }) => state === 'Rejected').slice(0, -CLAIMS_KEPT),
  ]);
  return remembered(
    entries.filter((entry) => !surplus.has(entry)),
    MAX_REQUESTS,
  );
}

/** Nothing of it may be forgotten, but for old rejections of claims. */
export function stillCounts({ state }: LedgerEntry): boolean {
  return state === 'Waiting' || state === 'Released' || state === 'Rejected';
}
