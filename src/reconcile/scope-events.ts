import type { DeliveryOutcome } from '../materialize/delivery.ts';
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { Condition } from '../model/kinds/common.ts';
import { type Reason, reasonPolicy } from '../model/reasons.ts';
import type { Finding } from '../report/conditions.ts';
import type { Deps } from './deps.ts';
import { shadowedNames, type TargetResult } from './scope-findings.ts';
import type { ScopeReport } from './scope-status.ts';

/** Tells what was written to Secrets, whatever became of the rest of the delivery. */
export function announceDeliveries(report: ScopeReport, deps: Deps): void {
  for (const result of report.results) announceTarget(report, result, deps);
}

/**
 * Events and log lines for findings that were not in the status before: what stays the same is told once, also
 * across restarts.
 */
export function announceNews(
  report: ScopeReport,
  status: Json,
  findings: readonly Finding[],
  deps: Deps,
): void {
  if (readyOf(report.view.status) !== readyOf(status)) {
    const byMessage = new Map(findings.map((finding) => [finding.message, finding]));
    for (const finding of byMessage.values()) announceFinding(report, finding, deps);
  }
  announceShadowed(report, status, deps);
}

/** What Ready says, without its time. */
function readyOf(status: unknown): string {
  const conditions = field(status, 'conditions');
  const ready = Array.isArray(conditions)
    ? (conditions as Condition[]).find((condition) => condition.type === 'Ready')
    : undefined;
  return ready ? `${ready.status} ${ready.reason} ${ready.message}` : '';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function announceTarget(report: ScopeReport, { plan, outcome }: TargetResult, deps: Deps): void {
  if (outcome.kind === 'notWritable') return;
  const written = outcome.kind === 'delivered' ? outcome.written.length : 0;
  const created = outcome.kind === 'delivered' && outcome.created;
  const removed = outcome.removed.length;
  if (written + removed === 0) return;
  const secret = `${plan.namespace}/${plan.secretName}`;
  deps.log.info(
    { scope: scopeName(report), secret, written, removed },
    created ? 'created a Secret' : 'changed a Secret',
  );
  const what = [created ? 'created' : undefined, count(written, 'written'), count(removed, 'removed')];
  const version = outcome.observed?.resourceVersion ?? 'unknown';
  const reason = reasonOf(outcome);
  const why =
    reason === 'TargetHandEdited' ? 'changed by hand and put back, change values at their source; ' : '';
  const note = `Secret ${secret}: ${why}${what.filter(Boolean).join(', ')} (resourceVersion ${version})`;
  deps.emit({ regarding: report.view, type: 'Normal', reason, action: 'Deliver', note });
}

function reasonOf(outcome: DeliveryOutcome): Reason {
  if (outcome.kind !== 'delivered') return 'Withdrawn';
  if (outcome.replaced) return 'TargetReplaced';
  if (outcome.repaired) return 'TargetHandEdited';
  return outcome.written.length > 0 ? 'Materialized' : 'Withdrawn';
}

function count(number: number, verb: string): string | undefined {
  return number > 0 ? `${number} ${number === 1 ? 'key' : 'keys'} ${verb}` : undefined;
}

function announceFinding(report: ScopeReport, finding: Finding, deps: Deps): void {
  const policy = reasonPolicy(finding.reason);
  deps.log[policy.log]({ scope: scopeName(report), reason: finding.reason }, finding.message);
  if (policy.event === 'None') return;
  deps.emit({
    regarding: report.view,
    type: policy.event,
    reason: finding.reason,
    action: 'Reconcile',
    note: finding.message,
  });
}

function announceShadowed(report: ScopeReport, status: Json, deps: Deps): void {
  const told = canonicalJson((field(report.view.status, 'shadowed') ?? []) as Json);
  if (
    report.resolution?.kind !== 'resolved' ||
    told === canonicalJson((field(status, 'shadowed') ?? []) as Json)
  )
    return;
  const shadowed = shadowedNames(report.resolution);
  if (shadowed.length === 0) return;
  const more = shadowed.length > 5 ? ` and ${shadowed.length - 5} more; see status.shadowed` : '';
  const note = `hidden by another level: ${shadowed.slice(0, 5).join('; ')}${more}`;
  deps.emit({ regarding: report.view, type: 'Normal', reason: 'Shadowed', action: 'Resolve', note });
}

function scopeName({ view }: ScopeReport): string {
  return `${view.metadata.namespace}/${view.metadata.name}`;
}
