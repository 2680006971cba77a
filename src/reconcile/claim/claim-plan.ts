/** Owns: what is to be in the Secret of a claim, and what its maker is told of names that cannot be had. */
import type { KeyPlan, PlanLine, ResolvedNames, TargetPlan } from '../../model/plan.ts';
import type { RequestPlan } from '../../model/request-subject.ts';
import type { LineVersion } from '../../model/value-answer.ts';
import { notAvailableToClaim } from '../../resolve/claim-admission.ts';
import { planTarget } from '../../resolve/target-plan.ts';
import { claimedTarget } from '../../resolve/wanted-target.ts';
import type { Asked } from './asked-scope.ts';

export const isSnapshot = ({ wish }: Asked): boolean => wish.mode === 'Snapshot';

export function planClaim(asked: Asked, resolution: ResolvedNames): TargetPlan {
  const plan = asForeigner(planTarget(resolution, claimedTarget(asked.wish), asked.namespace), asked);
  return isSnapshot(asked) ? wholeOrNothing(plan) : plan;
}

/** Across a boundary a denial, an absence and a fault read the same (THREATS 25). */
function asForeigner(plan: TargetPlan, { scope, namespace }: Asked): TargetPlan {
  if (scope.metadata.namespace === namespace.name) return plan;
  return {
    ...plan,
    missing: plan.missing.map((missing) => ({ ...missing, ...notAvailableToClaim(missing.name) })),
    keys: plan.keys.map((key) => keyForForeigner(key)),
  };
}

function keyForForeigner(key: KeyPlan): KeyPlan {
  if (key.kind === 'deliver') return key;
  return { ...key, ...notAvailableToClaim(key.dataKey) };
}

/** Nobody is asked to approve half of it. */
function wholeOrNothing(plan: TargetPlan): TargetPlan {
  const [first] = plan.missing;
  if (!first || plan.violation) return plan;
  const violation = { path: 'spec.include', reason: first.reason, message: first.message };
  return { ...plan, violation };
}

const isOfRun = ({ level }: PlanLine): boolean => level !== 'Environment';

/**
 * With the versions of the moment a Snapshot was made, for the levels above the environment (spec row G21): those that
 * its request names, or those of now. What has no version now cannot be asked for.
 */
export function pinned(
  plan: TargetPlan,
  request: RequestPlan | undefined,
  versions: ReadonlyMap<PlanLine, LineVersion>,
): TargetPlan {
  const versionOf = (line: PlanLine): string | undefined => {
    if (line.version !== undefined) return line.version;
    if (request) return fixedVersion(request, line.name);
    const now = versions.get(line);
    return now?.kind === 'known' ? now.version : undefined;
  };
  return { ...plan, keys: plan.keys.map((key) => pinnedKey(key, versionOf, request === undefined)) };
}

/** A name that another level supplies than when it was asked for has none: then it is another plan. */
function fixedVersion({ secrets }: RequestPlan, name: string): string | undefined {
  return secrets.find((line) => line.name === name && line.change !== 'Removed' && line.versionFixed)
    ?.version;
}

function pinnedKey(
  key: KeyPlan,
  versionOf: (line: PlanLine) => string | undefined,
  hasToBeKnown: boolean,
): KeyPlan {
  if (key.kind !== 'deliver') return key;
  const lines = key.lines.map((line) => ({ line, version: isOfRun(line) ? versionOf(line) : line.version }));
  const unknown = lines.find(({ line, version }) => isOfRun(line) && version === undefined);
  if (unknown && hasToBeKnown) {
    const message = `the version of ${unknown.line.name} is not known yet, and a Snapshot takes the one of the moment it was made; it is tried again`;
    return { kind: 'keep', dataKey: key.dataKey, reason: 'BackendUnavailable', message, uncertain: true };
  }
  return {
    ...key,
    lines: lines.map(({ line, version }) => (version === undefined ? line : { ...line, version })),
  };
}
