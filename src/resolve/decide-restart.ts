/**
 * Owns: whether one workload is restarted now, for the Secrets that changed. Pure: what is known of the workload and of
 * its organization comes in, the decision goes out. docs/decisions/0065 says why these bounds.
 */
import type { Instant } from '../model/approval.ts';
import { RESTARTS_OF_A_WORKLOAD, type RestartMark } from '../model/restart-marks.ts';
import { type RestartWish, SETTLE_MS } from '../model/restart-wish.ts';

export const HOUR_MS = 3_600_000;
/** Of one organization: rollouts at the same time, and restarts within an hour (THREATS 18). */
export const ROLLOUTS_OF_AN_ORGANIZATION = 10;
export const RESTARTS_OF_AN_ORGANIZATION = 100;
/** A rollout that does not end by then takes nobody's place; Kubernetes calls a Deployment failed after as long. */
export const ROLLOUT_MS = 600_000;
/** How often a rollout is looked at. */
export const LOOK_MS = 10_000;
// a change is dated before its write is sent, and a write has 30 s: Pods that are older may have the old data
const WRITE_MS = 30_000;

/** A workload as it is, and what is known of its restarts. */
export interface WorkloadState {
  readonly createdAt: Instant;
  /** What the operator wrote on it, and what it remembers; newest first. */
  readonly marks: readonly RestartMark[];
  readonly rolledOut: boolean;
}

/** What the organization of a workload did, besides this workload. */
export interface OrganizationState {
  /** Times of restarts within the last hour, newest first. */
  readonly restarts: readonly Instant[];
  /** Rollouts of other workloads that have not ended. */
  readonly rollouts: number;
}

export type RestartDecision =
  /** Its Pods have the data, or get it in a rollout that is left to itself. */
  | { readonly kind: 'done' }
  | { readonly kind: 'rolling'; readonly againMs: number }
  | { readonly kind: 'settling'; readonly againMs: number }
  | { readonly kind: 'restart'; readonly mark: RestartMark }
  | { readonly kind: 'flapping'; readonly until: Instant }
  | { readonly kind: 'limited'; readonly until: Instant | undefined };

/** `wishes`: of every Secret that changed and names this workload. */
export function decideRestart(
  wishes: readonly RestartWish[],
  workload: WorkloadState,
  organization: OrganizationState,
  now: Instant,
): RestartDecision {
  const waiting = wishes.filter((wish) => !isMarked(wish, workload) && !isNewerThan(wish, workload));
  if (waiting.length === 0) return afterwards(wishes, workload, now);
  // a date in the future is not ours, and must not put it off
  const due = Math.min(...waiting.map(({ since }) => (since > now ? now - SETTLE_MS : since))) + SETTLE_MS;
  if (due > now) return { kind: 'settling', againMs: due - now };
  const own = withinAnHour(
    workload.marks.map(({ at }) => at),
    now,
  );
  const sixth = own[RESTARTS_OF_A_WORKLOAD - 1];
  if (sixth !== undefined) return { kind: 'flapping', until: sixth + HOUR_MS };
  const mark = { at: now, changes: waiting.map(({ change }) => change) };
  return limitOf(organization, now) ?? { kind: 'restart', mark };
}

/** Why nothing more of the organization is restarted now; undefined: there is room. */
export function limitOf(
  { restarts, rollouts }: OrganizationState,
  now: Instant,
): Extract<RestartDecision, { kind: 'limited' }> | undefined {
  const hundredth = withinAnHour(restarts, now)[RESTARTS_OF_AN_ORGANIZATION - 1];
  if (hundredth !== undefined) return { kind: 'limited', until: hundredth + HOUR_MS };
  return rollouts >= ROLLOUTS_OF_AN_ORGANIZATION ? { kind: 'limited', until: undefined } : undefined;
}

/** Whether a rollout is under way, as far as it takes a place. */
export function isRolling({ marks: [newest], rolledOut }: WorkloadState, now: Instant): boolean {
  return newest !== undefined && !rolledOut && newest.at <= now && now - newest.at < ROLLOUT_MS;
}

function afterwards(wishes: readonly RestartWish[], workload: WorkloadState, now: Instant): RestartDecision {
  const wasRestarted = wishes.some((wish) => isMarked(wish, workload));
  return wasRestarted && isRolling(workload, now) ? { kind: 'rolling', againMs: LOOK_MS } : { kind: 'done' };
}

function isMarked({ change }: RestartWish, { marks }: WorkloadState): boolean {
  return marks.some(({ changes }) => changes.includes(change));
}

/** Its Pods never saw the data from before. */
function isNewerThan({ at }: RestartWish, { createdAt }: WorkloadState): boolean {
  return createdAt >= at + WRITE_MS;
}

function withinAnHour(times: readonly Instant[], now: Instant): Instant[] {
  return times.filter((at) => at <= now && now - at < HOUR_MS);
}
