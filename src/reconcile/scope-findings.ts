import type { DeliveryOutcome } from '../materialize/delivery.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { Resolution, TargetPlan } from '../model/plan.ts';
import { isTransient } from '../model/reasons.ts';
import type { Finding } from '../report/conditions.ts';

/** What became of one Secret that a scope wants. */
export interface TargetResult {
  readonly plan: TargetPlan;
  readonly outcome: DeliveryOutcome | { readonly kind: 'notWritable'; readonly finding: Finding };
}

/** What is wrong with one target, gravest included. A key that was only taken by includeAll is no fault of the target. */
export function targetFindings(result: TargetResult): Finding[] {
  const { plan, outcome } = result;
  switch (outcome.kind) {
    case 'notWritable':
      return [outcome.finding];
    case 'stopped':
      return [{ reason: outcome.reason, message: outcome.message }, ...plan.missing];
    case 'stale':
      return [
        {
          reason: 'Progressing',
          message: `Secret ${plan.namespace}/${plan.secretName} changed meanwhile; planning again`,
        },
      ];
    case 'delivered':
      return [...plan.missing, ...outcome.kept];
    default:
      return unreachable(outcome);
  }
}

/** What could not be renewed for now and is there all the same: nobody is worse off yet. */
export function degradedFindings({ outcome }: TargetResult): Finding[] {
  if (outcome.kind !== 'delivered') return [];
  const there = outcome.observed?.record?.keys ?? {};
  return outcome.kept.filter(({ dataKey, reason }) => isTransient(reason) && Object.hasOwn(there, dataKey));
}

/** What is wrong with the scope as a whole. */
export function resolutionFindings(resolution: Extract<Resolution, { kind: 'resolved' }>): Finding[] {
  const found: Finding[] = [];
  if (resolution.parentRefused) found.push(resolution.parentRefused);
  if (resolution.uncertain)
    found.push({ reason: resolution.uncertain.reason, message: resolution.uncertain.message });
  return [...found, ...resolution.notes];
}

/**
 * Own entries that nobody can be given. Where no target names them, their owner has to hear of it from the scope;
 * whoever inherits them is told no reason. One finding for each reason: an organization has 1,000 entries.
 */
export function ownFaults(
  resolution: Extract<Resolution, { kind: 'resolved' }>,
  scopeUid: string,
): Finding[] {
  const byReason = new Map<Finding['reason'], string[]>();
  for (const { answer, candidates } of resolution.names.values()) {
    const isOwn = candidates.some(({ verdict, scope }) => verdict === 'supplies' && scope.uid === scopeUid);
    if (!isOwn || (answer.kind !== 'broken' && answer.kind !== 'denied')) continue;
    byReason.set(answer.reason, [...(byReason.get(answer.reason) ?? []), answer.message]);
  }
  return [...byReason].map(([reason, [first = '', ...more]]) => ({
    reason,
    message: more.length > 0 ? `${first}; and ${more.length} more entries alike` : first,
  }));
}

/** Names hidden by another level, for status: `NAME: loser < winner`. Only what was granted is named. */
export function shadowedNames(resolution: Extract<Resolution, { kind: 'resolved' }>): string[] {
  const lines: string[] = [];
  for (const [name, { candidates }] of resolution.names) {
    const winner = candidates.find((candidate) => candidate.verdict === 'supplies');
    for (const loser of candidates) {
      if (!winner || (loser.verdict !== 'shadowed' && loser.verdict !== 'overruled')) continue;
      const why = loser.verdict === 'overruled' ? ', locked' : '';
      lines.push(`${name}: ${loser.level} ${place(loser)} < ${winner.level} ${place(winner)}${why}`);
    }
  }
  return lines;
}

/** Own entries that a lock above overrules: the owner has to hear of it. */
export function overruledNames(
  resolution: Extract<Resolution, { kind: 'resolved' }>,
  scopeUid: string,
): string[] {
  return [...resolution.names]
    .filter(([, { candidates }]) =>
      candidates.some((item) => item.verdict === 'overruled' && item.scope.uid === scopeUid),
    )
    .map(([name]) => name);
}

function place(candidate: { readonly scope: { readonly namespace: string; readonly name: string } }): string {
  return `${candidate.scope.namespace}/${candidate.scope.name}`;
}

export const BYPASSABLE: Finding = {
  reason: 'GateBypassable',
  message:
    'the backend lies in the namespace that is protected: whoever may make Pods or tokens there reads it without asking reviewers; use a ClusterSecretBackend whose grant is protectedBy this scope',
};

/** THREATS 5: a gate is worth as much as what stands beside it. */
export function readsInPlace(spec: ScopeSpec | undefined): boolean {
  return spec?.protection !== undefined && spec.backendRef?.kind === 'SecretBackend';
}

function unreachable(outcome: never): never {
  throw new Error(`an outcome that no finding covers: ${JSON.stringify(outcome)}`);
}
