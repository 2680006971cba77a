import type { LedgerEntry, RequestState } from '../model/approval.ts';

/** What may be forgotten when the ledger is full, the least harmful first. */
const FORGETTABLE: readonly (readonly RequestState[])[] = [
  // replaced: nothing rests on it
  ['Superseded'],
  // ended: forgotten, its plan is asked for once more by itself, and nothing is released
  ['Withdrawn', 'Expired', 'Revoked'],
];

/**
 * At most `max` entries where that can be had: the oldest go first. What waits, what is released and what was
 * rejected stays whatever the number, so that no rejection is shed by making requests (THREATS 8). When more than
 * `max` are left, nothing more should be asked.
 */
export function remembered(entries: readonly LedgerEntry[], max: number): LedgerEntry[] {
  let kept = [...entries];
  for (const states of FORGETTABLE) {
    const surplus = new Set(
      kept.filter(({ state }) => states.includes(state)).slice(0, Math.max(0, kept.length - max)),
    );
    kept = kept.filter((entry) => !surplus.has(entry));
  }
  return kept;
}
