/** Owns: which values were deleted through the product, as the ledger of a scope tells. */
import type { ScopeFacts } from '../model/facts.ts';
import type { LedgerView } from './approval-views.ts';

/** `isKnown`: whether ledgers were looked for at all. One that is there and cannot be read may say anything. */
export function destroyedNames(
  ledger: LedgerView | undefined,
  isKnown: boolean,
): Pick<ScopeFacts, 'destroyed'> {
  if (ledger ? ledger.spec.kind !== 'ok' : !isKnown) return { destroyed: 'unknown' };
  const gone = namesOf(ledger);
  return gone.length === 0 ? {} : { destroyed: new Set(gone) };
}

/** Whether nothing of that changed. */
export function sameDestroyed(before: LedgerView | undefined, after: LedgerView | undefined): boolean {
  const [old, now] = [before, after].map((view) => `${view?.spec.kind} ${namesOf(view).sort().join()}`);
  return old === now || (namesOf(before).length + namesOf(after).length === 0 && areReadable(before, after));
}

function areReadable(...views: readonly (LedgerView | undefined)[]): boolean {
  return views.every((view) => view?.spec.kind !== 'invalid');
}

function namesOf(ledger: LedgerView | undefined): string[] {
  const writes = ledger?.spec.kind === 'ok' ? (ledger.spec.value.writes ?? []) : [];
  return writes.filter(({ action }) => action === 'Delete').map(({ name }) => name);
}
