/** Owns: what reconciling a scope sees of approvals. Without protection there is nothing to see. */

import { frozenPlan } from '../../gate/gated-plan.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import type { TargetPlan } from '../../model/plan.ts';
import type { Told } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';
import type { GatedTarget, GateResult } from './gate-result.ts';
import type { GateInput } from './gate-round.ts';
import { clearAway } from './housekeeping.ts';
import { unreadableLedger } from './ledger-keeper.ts';
import { termsFor } from './party.ts';
import { isGated, passGate } from './pass-gate.ts';
import { reportDecisions } from './report-decisions.ts';

/** What reconciling goes on with. */
export interface Through {
  /** The scope as it is now, for its status. */
  readonly view: ScopeView;
  readonly plans: readonly TargetPlan[];
  readonly targets: ReadonlyMap<string, GatedTarget>;
  readonly findings: readonly Finding[];
  readonly againMs: number | undefined;
  /** Writes what requests and votes say of themselves, and clears away what nobody needs. False: not all was told. */
  report(signal: AbortSignal): Promise<boolean>;
}

export async function throughGate(
  input: GateInput,
  deps: Deps,
  signal: AbortSignal,
): Promise<Through | 'again'> {
  if (!isGated(input.view, input.spec, deps)) return untouched(input);
  const { uid } = input.view.metadata;
  if (deps.world.ledgers.get(uid)?.spec.kind === 'invalid') return frozen(input, unreadableLedger(uid));
  try {
    const passed = await passGate(input, deps, signal);
    return passed.kind === 'again' ? 'again' : through(input, passed, deps);
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'invalid', 'tooLarge')) throw error;
    return frozen(input, error.message);
  }
}

function untouched({ view, plans = [] }: GateInput): Through {
  return {
    view,
    plans,
    targets: new Map(),
    findings: [],
    againMs: undefined,
    report: () => Promise.resolve(true),
  };
}

function through(input: GateInput, passed: Extract<GateResult, { kind: 'passed' }>, deps: Deps): Through {
  const { view, plans, targets, findings, againMs, state } = passed;
  return {
    view,
    plans,
    targets,
    findings,
    againMs,
    report: async (signal) => {
      const isTold = await reportDecisions(
        input.view,
        input.party,
        termsFor(input.party, input.spec.protection),
        passed,
        deps,
        signal,
      );
      if (input.party.kind === 'targets') await clearAway(input.view, state, deps, signal);
      return isTold;
    },
  };
}

/** What the API server refuses of the approval itself: everything stays as it is, and it is said why. */
function frozen({ view, plans = [] }: GateInput, why: string): Through {
  const told: Told = {
    reason: 'ApprovalUnknown',
    message: `approval cannot be asked for, or not be written down: ${why}; if rights are missing, apply again what you installed with (secretscope doctor has the command)`,
  };
  const target: GatedTarget = { pending: told, live: false, remove: false };
  return {
    view,
    plans: plans.map((plan) => frozenPlan(plan, told)),
    targets: new Map(plans.map(({ secretName }) => [secretName, target])),
    findings: [],
    againMs: undefined,
    report: () => Promise.resolve(true),
  };
}
