/** Owns: the conditions of a scope, from everything that a reconcile found out about it. */
import type { Json } from '../model/canonical-json.ts';
import { conditionsFor, extraCondition, type Finding } from '../report/conditions.ts';
import { recordedKeys } from './provenance.ts';
import {
  BYPASSABLE,
  degradedFindings,
  overruledNames,
  readsInPlace,
  type TargetResult,
} from './scope-findings.ts';
import type { ScopeReport } from './scope-status.ts';

/** Ready and what belongs to it, and every condition that stands beside it. */
export function allConditions(report: ScopeReport, findings: readonly Finding[], now: string): Json {
  const { view, spec, resolution } = report;
  const degraded = report.results.flatMap(degradedFindings);
  const grave = findings.filter((finding) => !degraded.includes(finding));
  const list = conditionsFor(grave, goodFinding(report), view.generation, view.conditions, now);
  const extra = (type: string, finding: Finding) =>
    extraCondition(type, finding, view.generation, view.conditions, now);
  const [first, ...more] = degraded;
  if (first) {
    const rest = more.length > 0 ? `; and ${counted(more.length, 'more key')}` : '';
    list.push(extra('Degraded', { reason: first.reason, message: first.message + rest }));
  }
  const [pending, ...others] = pendingBeside(report);
  if (pending) {
    const rest = others.map(({ message }) => `; ${message}`).join('');
    list.push(extra('ChangesPending', { reason: pending.reason, message: pending.message + rest }));
  }
  if (readsInPlace(spec)) list.push(extra('GateBypassable', BYPASSABLE));
  if (spec?.suspend === true) {
    list.push(
      extra('Suspended', {
        reason: 'Suspended',
        message: 'spec.suspend is true: no new values are delivered; withdrawal goes on',
      }),
    );
  }
  const [held, ...moreHeld] = report.restarts ?? [];
  if (held) {
    const rest = moreHeld
      .slice(0, 5)
      .map(({ message }) => `; ${message}`)
      .join('');
    list.push(extra('RestartPending', { reason: held.reason, message: held.message + rest }));
  }
  const overruled = resolution?.kind === 'resolved' ? overruledNames(resolution, view.metadata.uid) : [];
  if (overruled.length > 0) {
    const message = `a level above has locked ${overruled.slice(0, 20).join(', ')}: the entries here have no effect; remove them`;
    list.push(extra('Overruled', { reason: 'LockedAbove', message }));
  }
  return list.map((condition) => ({ ...condition }));
}

function goodFinding(report: ScopeReport): Finding {
  const keys = delivered(report.results);
  if (report.results.length === 0) {
    const message =
      report.spec?.level === 'Organization'
        ? 'entries are available to the repositories they are granted to'
        : 'no targets; nothing to deliver';
    return { reason: 'Resolved', message };
  }
  const secrets = report.results.filter(({ outcome }) => outcome.kind === 'delivered').length;
  return {
    reason: 'Materialized',
    message: `${counted(keys, 'key')} delivered to ${counted(secrets, 'Secret')}`,
  };
}

function pendingBeside({ gate }: ScopeReport): Finding[] {
  return [...gate.values()].flatMap(({ pending, live }) => (pending && live ? [finding(pending)] : []));
}

const finding = ({ reason, message }: Finding): Finding => ({ reason, message });

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Data keys that are in its Secrets. */
export function delivered(results: readonly TargetResult[]): number {
  return results.reduce((sum, result) => sum + Object.keys(recordedKeys(result)).length, 0);
}
