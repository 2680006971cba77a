/** Owns: what is said of restarts, in events, logs, metrics and the condition RestartPending. */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import { type Reason, reasonPolicy } from '../../model/reasons.ts';
import { RESTARTS_OF_A_WORKLOAD } from '../../model/restart-marks.ts';
import type { Finding } from '../../report/conditions.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import { type HoldingView, holderField } from '../holding-view.ts';
import type { RestartFate, RestartTask } from './restart-workload.ts';
import { workloadKey } from './wanted-restarts.ts';

/** One Event a restart. It names the change, so that the same restart told twice counts once. */
export function announceRestart(
  view: HoldingView,
  { ref, wanted }: RestartTask,
  { mark, inTheHour }: Extract<RestartFate, { kind: 'restarted' }>,
  deps: Deps,
): void {
  const workload = workloadKey(ref);
  const secrets = wanted
    .filter(({ wish }) => mark.changes.includes(wish.change))
    .map(({ observed }) => observed.name);
  deps.metrics.restart('restarted');
  deps.log.info({ ...holderField(view), workload, secrets }, 'restarted a workload');
  const which = `Secret ${secrets.slice(0, 3).join(', ')}${secrets.length > 3 ? ` and ${secrets.length - 3} more` : ''}`;
  const note = `${workload} is restarted, since the data of ${which} changed; restart ${inTheHour} of at most ${RESTARTS_OF_A_WORKLOAD} within an hour (change ${mark.changes[0] ?? ''})`;
  deps.emit({ regarding: view, type: 'Normal', reason: 'Restarted', action: 'Restart', note });
}

export function announceReloader(
  view: HoldingView,
  observed: ObservedTarget,
  workloads: readonly string[],
  deps: Deps,
): void {
  for (const _ of workloads) deps.metrics.restart('leftToReloader');
  const shown = workloads.slice(0, 5).join(', ');
  const note = `data of Secret ${keyOf(observed)} changed (${observed.restart?.change ?? ''}); the restart of ${shown} is left to Reloader, whose annotations ask for it`;
  deps.emit({ regarding: view, type: 'Normal', reason: 'LeftToReloader', action: 'Restart', note });
}

/** What a person should know, one line a workload. What merely takes its time is no trouble. */
export function troubleOf(workload: string, fate: RestartFate): Finding[] {
  const name = workload.slice(workload.indexOf('/') + 1);
  const namespace = workload.slice(workload.indexOf(' ') + 1, workload.indexOf('/'));
  const trouble = (reason: Reason, message: string): Finding[] => [
    { reason, message: `${workload} ${message}` },
  ];
  switch (fate.kind) {
    case 'done':
    case 'leftToReloader':
    case 'restarted':
    case 'rolling':
    case 'settling':
      return [];
    case 'flapping':
      return trouble(
        'Flapping',
        `was restarted ${RESTARTS_OF_A_WORKLOAD} times within an hour and data changed again; the Secret has them, the next restart is at ${clockTime(fate.until)}; find what changes the source so often, or take the workload out of restart.workloads`,
      );
    case 'limited':
      return trouble('RestartsLimited', `waits for its turn: ${limitOf(fate.until)}; nothing has to be done`);
    case 'missing':
      return trouble(
        'WorkloadMissing',
        'is not there, so it cannot be restarted; correct restart.workloads of the target, or create it',
      );
    case 'denied':
      return trouble(
        'RestartForbidden',
        `may not be read or restarted by the operator; the admin of the namespace runs: secretscope enroll ${namespace} --restart`,
      );
    case 'refused':
      return trouble(
        'RestartRefused',
        `could not be restarted: an admission policy of the cluster refuses it, or the right to patch it is missing; to see the data in its Pods, restart it yourself: kubectl rollout restart ${workload.slice(0, workload.indexOf(' ')).toLowerCase()}/${name} -n ${namespace}`,
      );
    case 'unanswered':
      return trouble('RestartRefused', 'could not be restarted now; it is tried again by itself');
    default:
      return unreachable(fate);
  }
}

function limitOf(until: number | undefined): string {
  return until === undefined
    ? 'ten workloads of the organization are being rolled out'
    : `the organization restarted a hundred workloads within an hour, until ${clockTime(until)}`;
}

function clockTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Told when it is in the status for the first time, also across restarts of the operator. */
export function announceTroubles(view: HoldingView, pending: readonly Finding[], deps: Deps): void {
  const before = view.conditions.find(({ type }) => type === 'RestartPending')?.message ?? '';
  for (const { reason, message } of pending) {
    if (before.includes(message)) continue;
    deps.metrics.restart('held');
    const { log, event } = reasonPolicy(reason);
    deps.log[log]({ ...holderField(view), reason }, message);
    if (event !== 'None')
      deps.emit({ regarding: view, type: event, reason, action: 'Restart', note: message });
  }
}

function unreachable(fate: never): never {
  throw new Error(`nothing is said of this restart: ${JSON.stringify(fate)}`);
}
