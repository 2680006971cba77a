/** Owns: what is told of a claim after the gate and the write. Used by: deliver-claim.ts. */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import { durationMs } from '../../model/duration.ts';
import { byName } from '../../model/names.ts';
import type { TargetPlan } from '../../model/plan.ts';
import type { Reason } from '../../model/reasons.ts';
import type { Told } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import { keyOf } from '../../watch/world.ts';
import { termsFor } from '../approval/party.ts';
import type { Through } from '../approval/through-gate.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { type TargetResult, targetFindings } from '../scope-findings.ts';
import type { Asked } from './asked-scope.ts';
import { openRequestOf, releaseIn } from './claim-request.ts';
import { heldBy } from './release-claimed.ts';
import { report } from './report-claim.ts';

/** What became of one claim. */
export interface ClaimDelivery {
  readonly gate: Through;
  /** Undefined: nothing was to be written. */
  readonly result: TargetResult | undefined;
  readonly findings: readonly Finding[];
  /** Why nobody proves that it may be made. */
  readonly unproven: Told | undefined;
  /** Why names cannot be had; the owner's business. */
  readonly untold: readonly Reason[];
  /** When its ttl is over, where the gate does not count it; in milliseconds since 1970. */
  readonly ttlEnd: number | undefined;
}

export async function reportDelivery(
  asked: Asked,
  delivered: ClaimDelivery,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { claim, scope, wish } = asked;
  const { gate, result, untold } = delivered;
  const gated = gate.targets.get(wish.secretName);
  const isTold = await gate.report(signal);
  const held = gated?.remove ? undefined : (heldAfter(result) ?? heldBy(claim, deps)[0]);
  const full = whyNotAsked(gated?.pending, delivered.findings);
  const waiting = full ?? gated?.pending ?? delivered.unproven;
  const isBeside = held !== undefined && (gated?.pending === undefined || gated.live);
  const findings = [
    ...(waiting && !isBeside ? [waiting] : []),
    ...delivered.findings.filter((one) => one !== full),
    ...ownFindings(asked, result, gated?.pending),
  ];
  const request = openRequestOf(asked, deps);
  const expiresAt = delivered.ttlEnd ?? releaseEnd(asked, deps);
  const found = {
    claim,
    findings: held || findings.length > 0 ? findings : [NOT_YET],
    held,
    missing: result ? namesMissing(asked, result) : [],
    pending: isBeside ? waiting : undefined,
    request: request && { namespace: scope.metadata.namespace, name: request.name },
    expiresAt,
  };
  const waits = [gate.againMs, expiresAt === undefined ? undefined : waitFor(expiresAt, deps)];
  const outcome = await report(found, deps, signal, soonest(waits), untold);
  return isTold ? outcome : { kind: 'retry' };
}

/** What cannot be read is listed as what was never there: the list must not tell the two apart (THREATS 25). */
function namesMissing({ wish }: Asked, { plan, outcome }: TargetResult): TargetPlan['missing'] {
  const names = new Map(Object.entries(wish.keys ?? {}).map(([name, dataKey]) => [dataKey, name]));
  const kept = outcome.kind === 'notWritable' ? [] : outcome.kept;
  const unread = kept
    .filter(({ reason }) => reason === 'NotAvailable')
    .map(({ dataKey, reason, message }) => ({ name: names.get(dataKey) ?? dataKey, reason, message }));
  const missing = new Map([...plan.missing, ...unread].map((one) => [one.name, one]));
  return [...missing.values()].sort((a, b) => byName(a.name, b.name));
}

/** A request that there is no room for is not about to be made. */
function whyNotAsked(pending: Told | undefined, findings: readonly Finding[]): Finding | undefined {
  if (pending?.reason !== 'RequestNeeded') return undefined;
  return findings.find(({ reason }) => reason === 'LimitExceeded');
}

const NOT_YET: Finding = {
  reason: 'Progressing',
  message: 'nothing is delivered yet; it is tried again by itself',
};
// a timer of 25 days overflows; looking twice a day costs nothing
const MAX_WAIT_MS = 12 * 3_600_000;

export function waitFor(end: number, deps: Deps): number {
  return Math.min(MAX_WAIT_MS, Math.max(1_000, end - nowOf(deps) + 1_000));
}

function soonest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** Of what is released now, also while a change of it waits. A ttl that was shortened since holds at once. */
function releaseEnd(asked: Asked, deps: Deps): number | undefined {
  const { claim, spec } = asked;
  const grant = releaseIn(asked, deps)?.grant;
  const { grantTTL } = termsFor({ kind: 'claim', claim, isOver: false }, spec.protection) ?? {};
  if (!grant) return undefined;
  const ends = [
    ...(grant.expiresAt === undefined ? [] : [Date.parse(grant.expiresAt)]),
    ...(grantTTL === undefined ? [] : [Date.parse(grant.at) + durationMs(grantTTL)]),
  ];
  return soonest(ends);
}

function heldAfter(result: TargetResult | undefined): ObservedTarget | undefined {
  return result && result.outcome.kind !== 'notWritable' ? result.outcome.observed : undefined;
}

/** What waits is said once. That a scope is suspended is for whoever claims from it a reason to wait. */
function ownFindings(
  { scope }: Asked,
  result: TargetResult | undefined,
  pending: Told | undefined,
): Finding[] {
  const message = `SecretScope ${keyOf(scope.metadata)} is suspended by its owner; nothing new is delivered until it goes on`;
  const found = result ? targetFindings(result) : [];
  return found
    .filter((one) => one.message !== pending?.message)
    .map((one) => (one.reason === 'Suspended' ? { reason: 'Progressing', message } : one));
}
