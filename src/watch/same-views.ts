/** Owns: which changes of a projection concern anybody. Used by: wake-up.ts. */
import type { PolicyView } from './approval-views.ts';
import type { Asks, NamespaceView, ScopeView, View } from './views.ts';
import { backendKeyOf, parentKeyOf } from './world.ts';

/** Whether a scope is still the same child of the same parent, with the same backend. */
export function samePlace(before: ScopeView | undefined, after: ScopeView | undefined): boolean {
  if (!before || !after || before.metadata.uid !== after.metadata.uid) return false;
  return parentKeyOf(before) === parentKeyOf(after) && backendKeyOf(before) === backendKeyOf(after);
}

/** Our own status writes come back as events; they concern nobody else. */
export function onlyStatusChanged(
  before: View<unknown> | undefined,
  after: View<unknown> | undefined,
): boolean {
  if (!before || !after || before.metadata.uid !== after.metadata.uid) return false;
  return (
    before.generation === after.generation &&
    before.deleting === after.deleting &&
    before.requestedAt === after.requestedAt
  );
}

/** Who changed a scope or claim, and whether another request is asked for, stand beside its spec. */
export function sameAsked(before: Asks | undefined, after: Asks | undefined): boolean {
  return (
    before?.askedAgain === after?.askedAgain &&
    JSON.stringify(before?.authors) === JSON.stringify(after?.authors)
  );
}

export function samePolicy(before: PolicyView | undefined, after: PolicyView | undefined): boolean {
  return (
    before?.uid === after?.uid &&
    before?.generation === after?.generation &&
    before?.asShipped === after?.asShipped
  );
}

export function sameNamespace(before: NamespaceView | undefined, after: NamespaceView | undefined): boolean {
  return (
    before !== undefined &&
    after !== undefined &&
    before.terminating === after.terminating &&
    JSON.stringify(before.labels) === JSON.stringify(after.labels)
  );
}
