import { MANAGED_LABEL } from '../model/marks.ts';
import type { TargetPlan } from '../model/plan.ts';
import { holderText } from './delivery-record.ts';
import type { ObservedTarget } from './observed-target.ts';

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** The labels that every target carries besides the ones its spec asks for. */
export function labelsOf(plan: TargetPlan): Record<string, string> {
  return { ...plan.labels, [MANAGED_LABEL]: 'true', [MANAGED_BY_LABEL]: 'secretscope' };
}

/** Whether labels, annotations, holder or record are not what the plan wants. */
export function metadataDiffers(plan: TargetPlan, observed: ObservedTarget, holderUid: string): boolean {
  const { record } = observed;
  if (observed.proof !== 'proven' || observed.recordEdited) return true;
  if (!record || record.holder.uid !== holderUid) return true;
  if (record.deletionPolicy !== plan.deletionPolicy) return true;
  if (!sameKeys(record.labels, plan.labels) || !sameKeys(record.annotations, plan.annotations)) return true;
  if (observed.orphanedSince !== undefined || observed.holderText !== holderText(record.holder)) return true;
  return !contains(observed.labels, labelsOf(plan)) || !contains(observed.annotations, plan.annotations);
}

function sameKeys(recorded: readonly string[], wanted: Readonly<Record<string, string>>): boolean {
  return (
    recorded.length === Object.keys(wanted).length && recorded.every((key) => Object.hasOwn(wanted, key))
  );
}

function contains(
  actual: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
}
