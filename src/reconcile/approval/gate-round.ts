/** What one pass through the gate is given, and what it comes to. Types only. */
import type { Facts } from '../../model/facts.ts';
import type { ScopeSpec } from '../../model/kinds/secret-scope.ts';
import type { PlanLine, TargetPlan } from '../../model/plan.ts';
import type { LineVersion } from '../../model/value-answer.ts';
import type { WeighedVote } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Basis } from './basis.ts';
import type { Decided } from './gate-result.ts';
import type { GateState } from './gate-state.ts';
import type { Party } from './party.ts';

export interface GateInput {
  readonly view: ScopeView;
  readonly spec: ScopeSpec;
  readonly party: Party;
  readonly facts: Facts;
  /** What facts and plans were made from. */
  readonly basis: Basis;
  /** Undefined: the scope cannot be planned now; what was decided about it holds all the same. */
  readonly plans: readonly TargetPlan[] | undefined;
  /** Versions without values, asked for once they are needed. */
  readonly describe: () => Promise<ReadonlyMap<PlanLine, LineVersion>>;
}

/** What the rounds came to. */
export interface GateOutcome {
  /** The scope as it is now: without its authors, once they were answered. */
  readonly view: ScopeView;
  readonly state: GateState;
  readonly decisions: readonly Decided[];
  readonly findings: readonly Finding[];
  /** Every vote that mattered, and what it was worth. */
  readonly votes: readonly WeighedVote[];
  /** A request that waits for the next, in milliseconds. */
  readonly debounceMs: number | undefined;
}
