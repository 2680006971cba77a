/** Counts objects of one kind by how they are. Used by the metrics, and by `secretscope status`. Pure. */
import type { Condition } from '../model/kinds/common.ts';
import { needsAPerson } from '../model/needs-a-person.ts';
import { REASONS, reasonPolicy } from '../model/reasons.ts';

/** What is counted: an object of any kind that has a Ready condition. */
export interface Tallied {
  readonly conditions: readonly Condition[];
  /** RFC 3339; empty where it is not known */
  readonly createdAt: string;
}

/** How long something may be without success before it is counted as stale, in milliseconds. */
export const STALE_AGES = {
  '15m': 900_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
  '7d': 604_800_000,
} as const;
export type StaleAge = keyof typeof STALE_AGES;
const AGES = Object.entries(STALE_AGES) as [StaleAge, number][];

// people take their time: what waits for them, or for a timer, is counted as requests
const OF_PEOPLE: ReadonlySet<string> = new Set(['AwaitingApproval', 'WaitTimerRunning']);

export class FleetTally {
  readonly byReason = new Map<string, number>();
  /** Cumulative, as the buckets of a histogram: what is stale for a day is so for an hour. */
  readonly stale: Record<StaleAge, number> = { '15m': 0, '1h': 0, '1d': 0, '7d': 0 };
  total = 0;
  /** Milliseconds since the success that is longest ago; 0 where everything succeeds. */
  oldestMs = 0;
  /** How many do not get going by themselves, and wait for no reviewer. */
  needAPerson = 0;
  /** Ready, and something of it is older than it should be. */
  degraded = 0;
  /** Changes that are held back while what was released before stays, by why. */
  readonly pending = new Map<string, number>();

  /** `now` in milliseconds since 1970, by the same clock as the times in conditions. */
  add(object: Tallied, now: number): void {
    const { ready, pending, degraded } = outlineOf(object);
    const reason = knownReason(ready);
    this.total += 1;
    countIn(this.byReason, reason);
    if (pending) countIn(this.pending, knownReason(pending));
    if (needsAPerson(reason)) this.needAPerson += 1;
    if (ready?.status === 'True' && !degraded) return;
    if (ready?.status === 'True') this.degraded += 1;
    const ageMs = withoutSuccessMs(object, ready, degraded, now);
    this.oldestMs = Math.max(this.oldestMs, ageMs);
    for (const [age, ms] of AGES) if (ageMs > ms) this.stale[age] += 1;
  }
}

interface Outline {
  ready?: Condition;
  pending?: Condition;
  degraded?: Condition;
}

/** Most of 50,000 have one condition, and are looked at once. */
function outlineOf({ conditions }: Tallied): Outline {
  const outline: Outline = {};
  for (const condition of conditions) {
    if (condition.type === 'Ready') outline.ready = condition;
    else if (condition.status !== 'True') continue;
    else if (condition.type === 'ChangesPending') outline.pending = condition;
    else if (condition.type === 'Degraded') outline.degraded = condition;
  }
  return outline;
}

function countIn(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

/** A label has few values, whatever somebody writes into a status. */
function knownReason(ready: Condition | undefined): string {
  const reason = ready?.reason ?? 'Progressing';
  return Object.hasOwn(REASONS, reason) ? reason : 'Unknown';
}

/**
 * Nothing while everything that is wanted is delivered: work is done on changes, so that nothing happened lately is no
 * failure. Otherwise since when that is not so, by its conditions; of what never succeeded, since it was made.
 */
function withoutSuccessMs(
  object: Tallied,
  ready: Condition | undefined,
  degraded: Condition | undefined,
  now: number,
): number {
  if (ready && (OF_PEOPLE.has(ready.reason) || isOver(ready.reason))) return 0;
  const failing = [
    ...(ready?.status === 'True' ? [] : [ready?.lastTransitionTime ?? object.createdAt]),
    ...(degraded ? [degraded.lastTransitionTime] : []),
  ];
  const ages = failing.map((time) => now - Date.parse(time)).filter(Number.isFinite);
  return Math.max(0, ...ages);
}

function isOver(reason: string): boolean {
  return Object.hasOwn(REASONS, reason) && reasonPolicy(reason as keyof typeof REASONS).over === true;
}
