import type { PlanLine, TargetPlan } from '../model/plan.ts';
import type { Deps } from './deps.ts';
import type { HoldingView } from './holding-view.ts';

/**
 * Lines that no Secret of this scope or claim holds yet, so that their values are read whatever version they have. What is not
 * sure to be written is left out: asking for a version reads no value.
 */
export function newLines(
  view: HoldingView,
  suspended: boolean,
  plans: readonly TargetPlan[],
  deps: Deps,
): ReadonlySet<PlanLine> {
  return new Set(suspended ? [] : plans.flatMap((plan) => newIn(plan, view, deps)));
}

function newIn(plan: TargetPlan, view: HoldingView, deps: Deps): PlanLine[] {
  if (deps.enrolment(plan.namespace) !== 'enrolled') return [];
  const observed = deps.targets.get(`${plan.namespace}/${plan.secretName}`);
  const record = observed?.record;
  if (observed && record?.holder.uid !== view.metadata.uid) return [];
  return plan.keys.flatMap((key) =>
    key.kind === 'deliver' && record?.keys[key.dataKey] === undefined ? key.lines : [],
  );
}
