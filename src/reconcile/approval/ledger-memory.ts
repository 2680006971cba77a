import { remembered } from '../../gate/remembered.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import { MAX_REQUESTS } from '../../model/kinds/scope-ledger.ts';

// enough to see what happened lately; a target that is edited all day must not push out the others' history
const ENDED_KEPT = 10;

/** What the ledger keeps: of each consumer the newest ended requests, and everything that still counts. */
export function rememberedOf(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const ended = new Map<string, LedgerEntry[]>();
  for (const entry of entries) {
    if (stillCounts(entry)) continue;
    const { kind, namespace, name } = entry.subject.consumer;
    const key = `${kind}/${namespace}/${name}`;
    ended.set(key, [...(ended.get(key) ?? []), entry]);
  }
  const surplus = new Set([...ended.values()].flatMap((list) => list.slice(0, -ENDED_KEPT)));
  return remembered(
    entries.filter((entry) => !surplus.has(entry)),
    MAX_REQUESTS,
  );
}

/** Nothing of it may be forgotten. */
export function stillCounts({ state }: LedgerEntry): boolean {
  return state === 'Waiting' || state === 'Released' || state === 'Rejected';
}
