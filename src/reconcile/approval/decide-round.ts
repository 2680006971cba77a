/** Owns: one round of decisions: who wants what, what is known of it, and what the gate says. Used by: gate-run.ts. */
import { decide } from '../../gate/gate.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import type { PlanLine, TargetPlan } from '../../model/plan.ts';
import type { LineVersion } from '../../model/value-answer.ts';
import type { Step } from '../../model/verdict.ts';
import type { Deps } from '../deps.ts';
import { consumersOf } from './consumers.ts';
import { entriesFor, gateFacts, leftBehind, votesThatMatter } from './gate-facts.ts';
import type { Decided } from './gate-result.ts';
import type { GateInput } from './gate-round.ts';
import type { GateState } from './gate-state.ts';
import { withoutLiveAskers } from './party.ts';
import { voteFacts } from './voters.ts';
import { whatIsUnknown } from './what-is-unknown.ts';

export interface Planned {
  /** Undefined: nothing can be planned now. */
  readonly plans: readonly TargetPlan[] | undefined;
  readonly versions: ReadonlyMap<PlanLine, LineVersion>;
  /** What the ledger remembers for this party. */
  readonly entries: readonly LedgerEntry[];
}

export interface RoundDecisions {
  readonly decisions: readonly Decided[];
  readonly steps: readonly Step[];
  /** Something could not be looked up, so that nothing follows from anything. */
  readonly isUnknown: boolean;
}

export async function decideRound(
  { view, spec, party, facts }: GateInput,
  state: GateState,
  planned: Planned,
  deps: Deps,
  signal: AbortSignal,
): Promise<RoundDecisions> {
  const { entries } = planned;
  const { requests, reviews } = state;
  const consumers = consumersOf({ view, spec, party, ...planned, requests });
  const unknown = whatIsUnknown(deps);
  const votes = await voteFacts(view, votesThatMatter(reviews, entries), deps, signal);
  const decisions = consumers.map((consumer) => {
    const about = gateFacts(view, party, spec.protection, facts, consumer, state, votes, unknown, deps);
    return { consumer, facts: about, decision: decide(about) };
  });
  const others = entries.filter((entry) => consumers.every((one) => !entriesFor(one, [entry]).length));
  const nobodys = await withoutLiveAskers(others, deps, signal);
  const left = decide(leftBehind(view, nobodys, state, unknown, deps));
  return {
    decisions,
    steps: [...decisions.flatMap(({ decision }) => decision.steps), ...left.steps],
    isUnknown: unknown.length > 0,
  };
}
