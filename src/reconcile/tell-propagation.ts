/** Owns: for how long a changed source was on its way, told to the metrics. Used by: deliver-plan.ts. */
import type { DeliveryOutcome } from '../materialize/delivery.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { TargetPlan } from '../model/plan.ts';
import type { Metrics } from '../report/metrics.ts';

/**
 * Of data keys that were there before, and are now from another version: what is new or was edited by hand was on its way
 * for other reasons. The record of a key names its sources with their versions.
 */
export function tellPropagation(
  plan: TargetPlan,
  before: ObservedTarget | undefined,
  outcome: DeliveryOutcome,
  gated: boolean,
  metrics: Pick<Metrics, 'propagated'>,
): void {
  if (outcome.kind !== 'delivered') return;
  const written = new Set(outcome.written);
  const sourceOf = (target: ObservedTarget | undefined, key: string) => target?.record?.keys[key]?.source;
  const renewed = plan.keys.filter(({ dataKey }) => {
    const was = sourceOf(before, dataKey);
    return written.has(dataKey) && was !== undefined && was !== sourceOf(outcome.observed, dataKey);
  });
  const lines = new Set(renewed.flatMap((key) => (key.kind === 'deliver' ? key.lines : [])));
  for (const { backend, key } of lines) metrics.propagated(backend.id.uid, key, gated);
}
