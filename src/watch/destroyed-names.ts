/** Owns: which values were deleted through the product, as the ledger of a scope tells. */
import type { LedgerView } from './approval-views.ts';

export function destroyedNames(ledger: LedgerView | undefined): { readonly destroyed?: ReadonlySet<string> } {
  if (ledger?.spec.kind !== 'ok') return {};
  const gone = (ledger.spec.value.writes ?? []).filter(({ action }) => action === 'Delete');
  return gone.length === 0 ? {} : { destroyed: new Set(gone.map(({ name }) => name)) };
}

/** Whether nothing of that changed. */
export function sameDestroyed(before: LedgerView | undefined, after: LedgerView | undefined): boolean {
  const [old, now] = [before, after].map((view) => [...(destroyedNames(view).destroyed ?? [])].sort().join());
  return old === now;
}

/** Whether what was written last of each entry is the same. */
export function sameWrites(before: LedgerView | undefined, after: LedgerView | undefined): boolean {
  const [old, now] = [before, after].map((view) =>
    JSON.stringify(view?.spec.kind === 'ok' ? (view.spec.value.writes ?? []) : []),
  );
  return old === now;
}
