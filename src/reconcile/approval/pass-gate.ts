/**
 * The story of a protected scope between its plans and its Secrets: what is known → what is decided → what is asked →
 * looked at once more → written down → let through. Nothing is done before the ledger holds it.
 */
import { frozenPlan, gatedPlan } from '../../gate/gated-plan.ts';
import { termsOf } from '../../gate/terms.ts';
import type { ScopeSpec } from '../../model/kinds/secret-scope.ts';
import type { PlanLine } from '../../model/plan.ts';
import type { LineVersion } from '../../model/value-answer.ts';
import type { Told } from '../../model/verdict.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';
import { type GateResult, isUndecidable, passageOf, targetsOf } from './gate-result.ts';
import type { GateInput, GateOutcome } from './gate-round.ts';
import { GateRun } from './gate-run.ts';
import { refreshTime } from './what-is-unknown.ts';

// a right or a time that could not be looked up; nothing else may wake the scope for it
const UNKNOWN_MS = 5_000;
const RIGHTS_MS = 30_000;
const ROOM_MS = 10_000;
const NO_VERSIONS: ReadonlyMap<PlanLine, LineVersion> = new Map();

// a target that contradicts itself, and of which nothing was ever asked
const NOT_JUDGED: Told = {
  reason: 'ApprovalUnknown',
  message: 'what would be delivered is not known, so nobody can be asked; mend the target first',
};

/** Whether a scope has anything to do with the gate: something guards it, or did. */
export function isGated(view: ScopeView, spec: ScopeSpec, deps: Deps): boolean {
  return isGuarded(spec) || deps.world.ledgers.get(view.metadata.uid) !== undefined;
}

/** Whether anybody has to approve, or a timer has to run. */
export function isGuarded({ protection }: ScopeSpec): boolean {
  return termsOf(protection, []).guards;
}

export async function passGate(input: GateInput, deps: Deps, signal: AbortSignal): Promise<GateResult> {
  await refreshTime(input.view, deps, signal);
  const run = new GateRun(input, deps, signal);
  await run.fetchUnseen();
  // which versions there are must not hold up a revocation: first on what was decided before, if need be
  const pinned = input.spec.protection?.pin === 'Version' && input.plans !== undefined;
  if (pinned && !(await run.settle(undefined, NO_VERSIONS))) return { kind: 'again' };
  const versions = pinned ? await run.describe() : NO_VERSIONS;
  if (!(await run.settle(input.plans, versions))) return { kind: 'again' };
  return resultOf(run.outcome(), input);
}

function resultOf(outcome: GateOutcome, { plans = [], spec }: GateInput): GateResult {
  const { decisions } = outcome;
  const through = plans.map((plan) => {
    const decided = decisions.find(({ consumer }) => consumer.secretName === plan.secretName);
    if (!isGuarded(spec)) return plan;
    // what was not judged is not let through, whatever was said of the target's other namespaces
    if (!decided?.consumer.plans.includes(plan)) return frozenPlan(plan, NOT_JUDGED);
    return gatedPlan(plan, passageOf(decided));
  });
  return {
    kind: 'passed',
    ...outcome,
    plans: through,
    targets: targetsOf(decisions),
    againMs: againAfter(outcome),
  };
}

/** When time alone changes something. */
function againAfter({ decisions, findings, votes, state, debounceMs }: GateOutcome): number | undefined {
  const moments = decisions.flatMap(({ decision }) => decision.lookAgainAt ?? []);
  const waits = moments.map((at) => Math.max(1_000, at - state.now + 1_000));
  if (debounceMs !== undefined) waits.push(debounceMs);
  if (decisions.some(({ decision }) => isUndecidable(decision))) waits.push(UNKNOWN_MS);
  // that another claim was decided wakes nobody else
  if (findings.some(({ reason }) => reason === 'LimitExceeded')) waits.push(ROOM_MS);
  // a right that is given back wakes nobody
  if (votes.some(({ weight }) => weight.reason === 'ReviewerNotAuthorized')) waits.push(RIGHTS_MS);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
