/** Owns: which workloads a scope wants restarted when the data of one of its Secrets change. Claims restart nothing. */

import type { ObservedTarget } from '../../materialize/observed-target.ts';
import type { WorkloadRef } from '../../materialize/workload-writer.ts';
import type { RestartWish } from '../../model/restart-wish.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import { type HoldingView, isClaim } from '../holding-view.ts';
import type { TargetResult } from '../scope-findings.ts';

interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A Secret of which data changed, and whom it has to be told to. */
export interface WantedRestart {
  readonly observed: ObservedTarget;
  readonly wish: RestartWish;
  readonly workloads: readonly WorkloadRef[];
}

/** As the spec of now says: a list of workloads is no part of what reviewers approve, so it is not in the plan. */
export function workloadsOf(view: HoldingView, { namespace, name }: Place): WorkloadRef[] {
  if (isClaim(view) || view.spec.kind !== 'ok') return [];
  const target = view.spec.value.targets?.find(({ secretName }) => secretName === name);
  const named = (target?.restart?.workloads ?? []).map((one) => ({
    kind: one.kind,
    namespace,
    name: one.name,
  }));
  return [...new Map(named.map((ref) => [workloadKey(ref), ref])).values()];
}

export function workloadKey({ kind, namespace, name }: WorkloadRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** The time that a change of data is dated with; undefined where nobody wants a restart for it. */
export function restartAt(view: HoldingView, secret: Place, deps: Deps): number | undefined {
  return workloadsOf(view, secret).length > 0 ? nowOf(deps) : undefined;
}

/** Every Secret with a wish on it that is provably ours. */
export function wantedRestarts(view: HoldingView, results: readonly TargetResult[]): WantedRestart[] {
  return results.flatMap(({ outcome }) => {
    const observed = outcome.kind === 'notWritable' ? undefined : outcome.observed;
    if (!observed?.restart || observed.proof !== 'proven' || observed.deleting) return [];
    return [{ observed, wish: observed.restart, workloads: workloadsOf(view, observed) }];
  });
}
