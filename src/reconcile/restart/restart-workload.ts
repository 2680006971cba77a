/** Owns: one workload, from its changed Secrets to what became of the restart. Called by restart-consumers.ts. */

import { isKubeError } from '../../kube/kube-error.ts';
import type { Workload, WorkloadRef } from '../../materialize/workload-writer.ts';
import { mergeMarks, type RestartMark } from '../../model/restart-marks.ts';
import {
  decideRestart,
  HOUR_MS,
  LOOK_MS,
  limitOf,
  type RestartDecision,
} from '../../resolve/decide-restart.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import { leftToReloader } from './left-to-reloader.ts';
import { type WantedRestart, workloadKey } from './wanted-restarts.ts';

/** One workload, and every Secret with a change that names it. */
export interface RestartTask {
  readonly ref: WorkloadRef;
  readonly wanted: readonly WantedRestart[];
  readonly organization: string;
}

export type RestartFate =
  | Exclude<RestartDecision, { kind: 'restart' }>
  | {
      readonly kind: 'restarted';
      readonly mark: RestartMark;
      readonly inTheHour: number;
      readonly againMs: number;
    }
  | { readonly kind: 'leftToReloader' | 'missing' | 'denied' | 'refused' | 'unanswered' };

// status of a workload that rolls is written every moment: each look may be old before it is used
const ATTEMPTS = 3;

export async function restartWorkload(
  task: RestartTask,
  deps: Deps,
  signal: AbortSignal,
): Promise<RestartFate> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const fate = await lookAndRestart(task, deps, signal);
      if (fate !== 'stale') return fate;
    }
    return { kind: 'unanswered' };
  } catch (error) {
    // what stops everything alike is no matter of one workload; a webhook of somebody else may hang for this one
    if (!isKubeError(error, 'server', 'badAnswer', 'tooLarge', 'throttled', 'timeout')) throw error;
    deps.log.warn({ workload: workloadKey(task.ref), err: error }, 'a workload could not be restarted');
    return { kind: 'unanswered' };
  }
}

async function lookAndRestart(
  task: RestartTask,
  deps: Deps,
  signal: AbortSignal,
): Promise<RestartFate | 'stale'> {
  const full = limitFor(task, deps);
  if (full) return full;
  const look = await deps.workloads.look(task.ref, signal);
  if (look.kind !== 'found') return look;
  const { workload } = look;
  const wanted = task.wanted.filter(({ observed }) => !leftToReloader(workload.annotations, observed.name));
  if (wanted.length === 0) return { kind: 'leftToReloader' };
  const decision = decide({ ...task, wanted }, workload, deps);
  return decision.kind === 'restart' ? carryOut(task, workload, decision.mark, deps, signal) : decision;
}

/** A thousand workloads that wait for their turn are not asked for one by one, each time. */
function limitFor({ ref, organization }: RestartTask, deps: Deps): RestartFate | undefined {
  const key = workloadKey(ref);
  const now = nowOf(deps);
  if (deps.restarts.marksOf(organization, key).length > 0) return undefined;
  return limitOf(deps.restarts.others(organization, key, now), now);
}

function decide({ ref, wanted, organization }: RestartTask, workload: Workload, deps: Deps): RestartDecision {
  const key = workloadKey(ref);
  const now = nowOf(deps);
  deps.restarts.note(organization, key, workload.marks, workload.rolledOut);
  const marks = mergeMarks(workload.marks, deps.restarts.marksOf(organization, key));
  const wishes = wanted.map(({ wish }) => wish);
  return decideRestart(wishes, { ...workload, marks }, deps.restarts.others(organization, key, now), now);
}

async function carryOut(
  { ref, organization }: RestartTask,
  workload: Workload,
  mark: RestartMark,
  deps: Deps,
  signal: AbortSignal,
): Promise<RestartFate | 'stale'> {
  const key = workloadKey(ref);
  const marks = mergeMarks([mark, ...workload.marks], deps.restarts.marksOf(organization, key));
  // its place is taken before the request leaves: another worker decides in the meantime
  deps.restarts.note(organization, key, [mark], false);
  let isDone = false;
  try {
    const outcome = await deps.workloads.restart(workload, marks, signal);
    isDone = outcome === 'restarted';
    if (outcome === 'refused') return { kind: 'refused' };
    if (outcome === 'stale') return 'stale';
    const inTheHour = marks.filter(({ at }) => mark.at - at < HOUR_MS).length;
    return { kind: 'restarted', mark, inTheHour, againMs: LOOK_MS };
  } finally {
    // also where nobody knows whether it was: the workload says so when it is looked at again
    if (!isDone) deps.restarts.giveBack(organization, key, mark);
  }
}
