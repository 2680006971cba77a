/** Owns: what a claim says of itself. Used by: reconcile-claim.ts. */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import type { Json } from '../../model/canonical-json.ts';
import type { ClaimState } from '../../model/kinds/secret-claim.ts';
import type { TargetPlan } from '../../model/plan.ts';
import { gravest, type Reason, reasonPolicy } from '../../model/reasons.ts';
import type { Told } from '../../model/verdict.ts';
import { conditionsFor, extraCondition, type Finding } from '../../report/conditions.ts';
import type { ClaimView } from '../../watch/views.ts';
import type { Ended } from './claim-ending.ts';

/** What a reconcile found out about a claim. */
export interface ClaimReport {
  readonly claim: ClaimView;
  readonly findings: readonly Finding[];
  /** Its Secret, as it is after this reconcile. */
  readonly held: ObservedTarget | undefined;
  readonly missing: TargetPlan['missing'];
  /** What waits beside what is delivered. */
  readonly pending?: Told | undefined;
  readonly request?: { readonly namespace: string; readonly name: string } | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
  readonly ended?: Ended | undefined;
}

const MISSING = 10;
const BY_PEOPLE: ReadonlySet<Reason> = new Set<Reason>([
  'AwaitingApproval',
  'WaitTimerRunning',
  'RequestNeeded',
]);

export function claimStatus(report: ClaimReport, now: string): Json {
  const { claim, findings, held, missing, pending, request, expiresAt, ended } = report;
  const keys = Object.keys(held?.record?.keys ?? {}).length;
  const good: Finding = {
    reason: 'Materialized',
    message: `${keys} key${keys === 1 ? '' : 's'} delivered to Secret ${held?.name ?? ''}`,
  };
  const conditions = conditionsFor(findings, good, claim.generation, claim.conditions, now);
  if (pending)
    conditions.push(extraCondition('ChangesPending', pending, claim.generation, claim.conditions, now));
  const status: Record<string, Json | undefined> = {
    observedGeneration: claim.generation,
    conditions: conditions.map((condition) => ({ ...condition })),
    state: stateOf(report),
    request: request && { ...request },
    keys: held ? keys : undefined,
    missing:
      missing.length > 0
        ? missing.slice(0, MISSING).map(({ name, reason }) => `${name}: ${reason}`)
        : undefined,
    expires: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    lastHandledReconcileAt: claim.requestedAt,
    ended: ended && { ...ended },
  };
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as Json;
}

function stateOf({ findings, ended }: ClaimReport): ClaimState {
  if (ended) return ended.reason === 'Expired' ? 'Expired' : 'Ended';
  const bad = gravest(findings.filter(({ reason }) => reasonPolicy(reason).ready === 'False'));
  if (!bad) return 'Delivered';
  return BY_PEOPLE.has(bad.reason) ? 'AwaitingApproval' : 'Waiting';
}
