import type { Json } from '../model/canonical-json.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { Resolution } from '../model/plan.ts';
import { gravest, type Reason } from '../model/reasons.ts';
import type { Finding } from '../report/conditions.ts';
import type { ScopeView } from '../watch/views.ts';
import type { GatedTarget } from './approval/gate-result.ts';
import type { ToldUses } from './automation/told-uses.ts';
import { recordedKeys, suppliedNames, withinBytes } from './provenance.ts';
import { allConditions, delivered } from './scope-conditions.ts';
import {
  ownFaults,
  resolutionFindings,
  shadowedNames,
  type TargetResult,
  targetFindings,
} from './scope-findings.ts';
import type { ToldWrites } from './seal/told-writes.ts';

/** Everything a reconcile found out about a scope, for its status. */
export interface ScopeReport {
  readonly view: ScopeView;
  readonly spec: ScopeSpec | undefined;
  readonly resolution: Resolution | undefined;
  readonly results: readonly TargetResult[];
  readonly findings: readonly Finding[];
  /** Why names of other levels cannot be had: not for this scope's owner, but for when to look again. */
  readonly untold: readonly Reason[];
  /** What the gate said of each target of a protected scope, by name of its Secret. */
  readonly gate: ReadonlyMap<string, GatedTarget>;
  /** Why workloads still have older data than their Secrets; absent: none has. */
  readonly restarts?: readonly Finding[];
  /** What is told of values that are written into it, and of who uses them in webhooks. */
  readonly writes?: ToldWrites & ToldUses;
  readonly children: { readonly admitted: number; readonly refused: number };
}

export interface ScopeStatusResult {
  readonly status: Json;
  readonly findings: readonly Finding[];
}

// a status of 128 kB fits beside the largest spec: 64 for provenance, 24 for what is hidden, the rest for targets
const SHADOWED_BYTES = 24_000;
const TARGETS = 100;
const ITEMS_OF_A_TARGET = 10;

export function scopeStatus(report: ScopeReport, now: string): ScopeStatusResult {
  const { view, resolution } = report;
  const resolved = resolution?.kind === 'resolved' ? resolution : undefined;
  const findings = [
    ...report.findings,
    ...(resolved ? resolutionFindings(resolved) : []),
    ...(resolved && report.results.length === 0 ? ownFaults(resolved, view.metadata.uid) : []),
    ...report.results.flatMap((result) => withoutPending(targetFindings(result), result, report)),
    ...unreleased(report),
  ];
  const shadowed = resolved ? shadowedNames(resolved) : [];
  const status: Record<string, Json | undefined> = {
    observedGeneration: view.generation,
    conditions: allConditions(report, findings, now),
    supplied: suppliedNames(report.results),
    shadowed: shadowed.length > 0 ? withinBytes(shadowed.slice(0, 299), SHADOWED_BYTES) : undefined,
    counts: counts(report, resolved),
    targets:
      report.results.length > 0
        ? report.results.slice(0, TARGETS).map((result) => targetStatus(result, view))
        : undefined,
    ...report.writes,
    lastHandledReconcileAt: view.requestedAt,
  };
  return { status: defined(status), findings };
}

/** While an approved plan is delivered, what waits beside it makes nobody worse off. */
function withoutPending(
  findings: readonly Finding[],
  { plan }: TargetResult,
  { gate }: ScopeReport,
): Finding[] {
  const { pending, live = false } = gate.get(plan.secretName) ?? {};
  return findings.filter(({ message }) => !live || message !== pending?.message);
}

/** Targets of which nothing is released: each is told once, also where a Secret from before is kept as it is. */
function unreleased({ gate }: ScopeReport): Finding[] {
  return [...gate.values()].flatMap(({ pending, live }) => (pending && !live ? [finding(pending)] : []));
}

const finding = ({ reason, message }: Finding): Finding => ({ reason, message });

function counts(report: ScopeReport, resolved: Extract<Resolution, { kind: 'resolved' }> | undefined): Json {
  const { children } = report;
  return defined({
    entries: report.spec?.secrets?.length ?? 0,
    discovered: resolved && resolved.discovered > 0 ? resolved.discovered : undefined,
    resolved: resolved
      ? [...resolved.names.values()].filter(({ answer }) => answer.kind === 'line').length
      : undefined,
    delivered: delivered(report.results),
    excluded: resolved && resolved.excluded > 0 ? resolved.excluded : undefined,
    children: children.admitted > 0 ? children.admitted : undefined,
    refusedChildren: children.refused > 0 ? children.refused : undefined,
  });
}

function targetStatus(result: TargetResult, view: ScopeView): Json {
  const { plan, outcome } = result;
  const place = {
    secretName: plan.secretName,
    ...(plan.namespace === view.metadata.namespace ? {} : { namespace: plan.namespace }),
  };
  const lists = {
    stale: shortList(staleKeys(result)),
    missing: shortList(plan.missing.map(({ name, reason }) => `${name}: ${reason}`)),
  };
  switch (outcome.kind) {
    case 'delivered': {
      const keys = Object.keys(recordedKeys(result)).length;
      const state = gravest([...outcome.kept, ...plan.missing])?.reason ?? 'Materialized';
      return defined({ ...place, state, keys, ...lists, foreign: shortList(outcome.foreign) });
    }
    case 'stopped':
      return defined({ ...place, state: outcome.reason, ...lists });
    case 'notWritable':
      return defined({ ...place, state: outcome.finding.reason, ...lists });
    case 'stale':
      return defined({ ...place, state: 'Progressing', ...lists });
    default:
      return unreachable(outcome);
  }
}

/** Keys that are there and could not be renewed; what was never delivered must not tell why. */
function staleKeys(result: TargetResult): string[] {
  if (result.outcome.kind === 'notWritable') return [];
  const there = recordedKeys(result);
  const stale = result.outcome.kept.filter(({ dataKey }) => Object.hasOwn(there, dataKey));
  return stale.map(({ dataKey, reason }) => `${dataKey}: ${reason}`);
}

function shortList(items: readonly string[]): Json | undefined {
  if (items.length === 0) return undefined;
  const rest = items.length - ITEMS_OF_A_TARGET;
  return rest > 0 ? [...items.slice(0, ITEMS_OF_A_TARGET), `and ${rest} more`] : items;
}

function defined(object: Record<string, Json | undefined>): Json {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function unreachable(outcome: never): never {
  throw new Error(`an outcome that status does not show: ${JSON.stringify(outcome)}`);
}
