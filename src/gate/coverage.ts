/** What one plan has to do with another: which lines are approved already, and which would be new. */
import type { CoveredLine, Subject } from '../model/approval.ts';

/** What becomes of one line when the wanted plan follows the released one. */
export interface LineChange {
  readonly id: string;
  /**
   * `added` and `changed` lines wait, a changed one goes on as it was released; `removed` ones leave, and no gate
   * is asked (THREATS 6).
   */
  readonly change: 'unchanged' | 'added' | 'changed' | 'removed';
  readonly released: CoveredLine | undefined;
  readonly wanted: CoveredLine | undefined;
}

/** Whether reviewers of `released` have approved everything that `wanted` delivers, to this very consumer. */
export function covers(released: Subject, wanted: Subject): boolean {
  return (
    isSameRecipient(released, wanted) && wanted.lines.every((line) => isApproved(released, wanted, line))
  );
}

/**
 * Whether two subjects are the same plan, whatever else has moved: what was decided about one holds for the other.
 * A claim that was deleted and made again is the same consumer here, so that it does not shed a rejection
 * (THREATS 8), though it is another one for `covers`. Nor does it help to delete the request: its digest is left.
 */
export function samePlan(a: Subject, b: Subject): boolean {
  return isSameName(a, b) && (a.digest === b.digest || sameLines(a, b));
}

/** Whether `request` was made for exactly `wanted`: votes name its digest, and its lines are what they read. */
export function isRequestFor(request: Subject, wanted: Subject): boolean {
  return isSameRecipient(request, wanted) && request.digest === wanted.digest && sameLines(request, wanted);
}

function sameLines(a: Subject, b: Subject): boolean {
  return (
    a.pin === b.pin && a.lines.length === b.lines.length && b.lines.every((line) => isApproved(a, b, line))
  );
}

/** Every line of either plan, in the order of their ids. */
export function compareLines(released: Subject | undefined, wanted: Subject): LineChange[] {
  const base = released && isSameRecipient(released, wanted) ? released : undefined;
  const ids = [...(base?.lines ?? []), ...wanted.lines].map(({ id }) => id);
  return [...new Set(ids)].sort().map((id) => {
    const before = base && lineOf(base, id);
    const after = lineOf(wanted, id);
    return { id, change: changeOf(base, wanted, before, after), released: before, wanted: after };
  });
}

function changeOf(
  released: Subject | undefined,
  wanted: Subject,
  before: CoveredLine | undefined,
  after: CoveredLine | undefined,
): LineChange['change'] {
  if (after === undefined) return 'removed';
  if (released === undefined || before === undefined) return 'added';
  return isApproved(released, wanted, after) ? 'unchanged' : 'changed';
}

/**
 * Whoever approved access approved every version; whoever approved a version approved that one, and only while
 * the plan still names versions: to let it follow its source is more than was approved (FAULTS 29).
 */
function isApproved(approved: Subject, wanted: Subject, line: CoveredLine): boolean {
  const own = lineOf(approved, line.id);
  if (own === undefined || own.digest !== line.digest) return false;
  return approved.pin === 'Access' || (wanted.pin === 'Version' && own.version === line.version);
}

function lineOf(subject: Subject, id: string): CoveredLine | undefined {
  return subject.lines.find((line) => line.id === id);
}

/** Whether both are for the target, claim or automation of one name. */
export function isSameName(
  { scopeUID, consumer: a }: Subject,
  { scopeUID: other, consumer: b }: Subject,
): boolean {
  return scopeUID === other && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

/** Whether both are for one and the same: a claim that was made again is another one. */
export function isSameRecipient(a: Subject, b: Subject): boolean {
  return isSameName(a, b) && a.consumer.uid === b.consumer.uid;
}
