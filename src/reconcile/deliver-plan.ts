import { deliverTarget } from '../materialize/deliver-target.ts';
import type { DeliveryOutcome, ReadValues } from '../materialize/delivery.ts';
import type { SeenGenerations } from '../materialize/delivery-record.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { PlanLine, TargetPlan } from '../model/plan.ts';
import type { LineVersion } from '../model/value-answer.ts';
import type { Told } from '../model/verdict.ts';
import type { Finding } from '../report/conditions.ts';
import { apiTrouble } from './api-trouble.ts';
import type { GatedTarget } from './approval/gate-result.ts';
import type { Deps } from './deps.ts';
import { type HoldingView, holderOf } from './holding-view.ts';
import { holdingOf, lawfulHere } from './lawful.ts';
import { restartAt } from './restart/wanted-restarts.ts';
import type { TargetResult } from './scope-findings.ts';
import { tellPropagation } from './tell-propagation.ts';
import type { ToldFailures } from './told-failure.ts';
import type { Changed } from './withdraw-lost.ts';

/** One plan of a scope or claim, and what is known for it. */
export interface PlannedDelivery {
  readonly view: HoldingView;
  /** The scope takes no new values. */
  readonly suspended: boolean;
  readonly plan: TargetPlan;
  readonly versions: ReadonlyMap<PlanLine, LineVersion>;
  /** Secrets that this reconcile changed already. */
  readonly changed: Changed;
  readonly told: ToldFailures;
  /** What the gate said of this target; undefined: nothing guards it. */
  readonly gate: GatedTarget | undefined;
  /** What all of this was decided on. */
  readonly seen: SeenGenerations;
  /** Of a Snapshot: what is written is never changed again. */
  readonly once?: boolean;
}

/** Brings one Secret to its plan, where the operator may work at all. */
export async function deliverPlan(
  planned: PlannedDelivery,
  deps: Deps,
  signal: AbortSignal,
): Promise<TargetResult> {
  const { view, plan, versions, suspended, changed, told, gate, seen } = planned;
  const obstacle = obstacleTo(plan, deps);
  if (obstacle) return { plan, outcome: { kind: 'notWritable', finding: obstacle } };
  const place = `${plan.namespace}/${plan.secretName}`;
  const observed = changed.has(place) ? changed.get(place) : deps.targets.get(place);
  if (gate?.remove === true && gate.pending) return { plan, outcome: ended(gate.pending, observed) };
  const delivery = {
    plan,
    holder: holderOf(view),
    suspended,
    ...(planned.once && { once: true }),
    versions,
    mayStay: lawfulHere(plan, deps.world, holdingOf(view.metadata.uid, observed)),
    observed,
    seen,
    restartAt: restartAt(view, { namespace: plan.namespace, name: plan.secretName }, deps),
  };
  const deliveryDeps = {
    writer: deps.writer,
    keyring: deps.keyring,
    signal,
    read: reader(view, told, deps, signal),
  };
  try {
    const outcome = await deliverTarget(delivery, deliveryDeps);
    countWrites(outcome, deps);
    tellPropagation(plan, observed, outcome, gate !== undefined, deps.metrics);
    return { plan, outcome };
  } catch (error) {
    return { plan, outcome: { kind: 'notWritable', finding: apiTrouble(error, place) } };
  }
}

/** Its Secret went already (remove-ended.ts), and no other is made. */
function ended({ reason, message }: Told, left: ObservedTarget | undefined): DeliveryOutcome {
  const nothing = { observed: undefined, removed: [], kept: [] };
  if (!left || left.deleting || left.proof === 'proven')
    return { kind: 'stopped', reason, message, ...nothing };
  const why = `${message}; Secret ${left.namespace}/${left.name} is there and cannot be proven to be this operator's: delete it by hand (kubectl delete secret ${left.name} -n ${left.namespace}), and rotate what it holds`;
  return { kind: 'stopped', reason: 'WithdrawalPending', message: why, ...nothing };
}

/** Reads values for a scope or claim; why one of another level cannot be had is not told. */
function reader(view: HoldingView, told: ToldFailures, deps: Deps, signal: AbortSignal): ReadValues {
  return async (wanted) => {
    const answers = await deps.fetch.values(wanted, { tenant: view.metadata.namespace, signal });
    return answers.map((answer, index) => {
      const line = wanted[index]?.line;
      return line ? told.of(line, answer) : answer;
    });
  };
}

function obstacleTo(plan: TargetPlan, deps: Deps): Finding | undefined {
  const { namespace } = plan;
  if (deps.world.namespaces.get(namespace)?.terminating === true) {
    return {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being deleted; nothing is written there`,
    };
  }
  switch (deps.enrolment(namespace)) {
    case 'enrolled':
      return undefined;
    case 'starting':
      return { reason: 'Progressing', message: `the Secrets of namespace ${namespace} are being listed` };
    case 'forbidden':
      return {
        reason: 'NamespaceForbidden',
        message: `secrets are never delivered to namespace ${namespace}; use a namespace of your own`,
      };
    case 'notEnrolled':
      return { reason: 'NamespaceNotEnrolled', message: notEnrolled(namespace) };
    default:
      throw new Error(`enrolment of ${namespace} has no known state`);
  }
}

function notEnrolled(namespace: string): string {
  return `namespace ${namespace} is not enrolled, so the operator may neither write nor withdraw Secrets there; its admin runs: secretscope enroll ${namespace} (with --service-account NAME for backends that live there)`;
}

function countWrites(outcome: DeliveryOutcome, deps: Deps): void {
  const written = outcome.kind === 'delivered' ? outcome.written.length : 0;
  if (outcome.kind === 'delivered' && outcome.replaced) deps.metrics.targetWrite('replace');
  else if (outcome.kind === 'delivered' && outcome.created) deps.metrics.targetWrite('create');
  else if (written + outcome.removed.length > 0) deps.metrics.targetWrite('patch');
}
