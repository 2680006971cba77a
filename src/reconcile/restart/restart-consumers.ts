/**
 * Owns: the story of restarts after a scope's Secrets were delivered: which of them changed → which workloads have to
 * hear of it → restarted, or why not → the wish taken off. Secrets never wait for any of it.
 */

import type { Facts } from '../../model/facts.ts';
import { WISH_ANNOTATION } from '../../model/restart-wish.ts';
import type { Finding } from '../../report/conditions.ts';
import { keyOf } from '../../watch/world.ts';
import { levelsOf } from '../approval/basis.ts';
import type { Deps } from '../deps.ts';
import type { HoldingView } from '../holding-view.ts';
import type { TargetResult } from '../scope-findings.ts';
import { announceReloader, announceRestart, troubleOf } from './restart-news.ts';
import { type RestartFate, type RestartTask, restartWorkload } from './restart-workload.ts';
import { type WantedRestart, wantedRestarts, workloadKey } from './wanted-restarts.ts';

export interface RestartReport {
  /** Why workloads still have the old data, for the condition RestartPending. */
  readonly pending: readonly Finding[];
  readonly againMs: number | undefined;
}

export const NO_RESTARTS: RestartReport = { pending: [], againMs: undefined };

// what only a person or the workload's owner can mend is looked at again now and then; no watch would tell
const TROUBLE_MS = 30_000;

export async function restartConsumers(
  view: HoldingView,
  facts: Facts,
  results: readonly TargetResult[],
  deps: Deps,
  signal: AbortSignal,
): Promise<RestartReport> {
  const wanted = wantedRestarts(view, results);
  if (wanted.length === 0) return NO_RESTARTS;
  const fates = new Map<string, RestartFate>();
  for (const task of tasksOf(wanted, facts)) {
    const fate = await restartWorkload(task, deps, signal);
    fates.set(workloadKey(task.ref), fate);
    if (fate.kind === 'restarted') announceRestart(view, task, fate, deps);
  }
  for (const one of wanted) await clearDone(view, one, fates, deps, signal);
  return {
    pending: [...fates].flatMap(([workload, fate]) => troubleOf(workload, fate)),
    againMs: soonest([...fates.values()].map((fate) => againMsOf(fate, deps))),
  };
}

/** Each workload once, however many Secrets it is named for. */
function tasksOf(wanted: readonly WantedRestart[], facts: Facts): RestartTask[] {
  const top = levelsOf(facts).at(-1) ?? facts.scope;
  const tasks = new Map<string, RestartTask>();
  for (const one of wanted) {
    for (const ref of one.workloads) {
      const before = tasks.get(workloadKey(ref))?.wanted ?? [];
      tasks.set(workloadKey(ref), { ref, wanted: [...before, one], organization: keyOf(top.id) });
    }
  }
  return [...tasks.values()];
}

/** Over when each workload has the data; or at once, when the target names none any more. */
async function clearDone(
  view: HoldingView,
  { observed, workloads }: WantedRestart,
  fates: ReadonlyMap<string, RestartFate>,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const own = workloads.map((ref) => [workloadKey(ref), fates.get(workloadKey(ref))?.kind] as const);
  if (!own.every(([, kind]) => kind === 'done' || kind === 'leftToReloader')) return;
  // stale: it is planned anew for what was written meanwhile, and that has a wish of its own
  if ((await deps.writer.clear(observed, WISH_ANNOTATION, signal)) !== 'released') return;
  const left = own.flatMap(([key, kind]) => (kind === 'leftToReloader' ? [key] : []));
  if (left.length > 0) announceReloader(view, observed, left, deps);
}

function againMsOf(fate: RestartFate, { random, kube, clock }: Deps): number | undefined {
  switch (fate.kind) {
    case 'done':
    case 'leftToReloader':
      return undefined;
    case 'restarted':
    case 'rolling':
    case 'settling':
      return fate.againMs;
    case 'flapping':
    case 'limited': {
      const now = kube.serverTime()?.at ?? clock.now();
      const wait = fate.until === undefined ? TROUBLE_MS : Math.max(fate.until - now, 1_000);
      return wait * (1 + 0.1 * random());
    }
    case 'missing':
    case 'denied':
    case 'refused':
    case 'unanswered':
      return TROUBLE_MS * (0.9 + 0.2 * random());
    default:
      return unreachable(fate);
  }
}

function soonest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function unreachable(fate: never): never {
  throw new Error(`no next look follows from this restart: ${JSON.stringify(fate)}`);
}
