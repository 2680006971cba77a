/** What the gate answers to reconciling: what is let through to each target, and what is said of the rest. Types, and two readings. */
import type { Passage } from '../../gate/gated-plan.ts';
import type { GateFacts } from '../../model/approval.ts';
import type { ScopeSpec } from '../../model/kinds/secret-scope.ts';
import type { TargetPlan } from '../../model/plan.ts';
import type { GateDecision, Told, Verdict, WeighedVote } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { ConsumerPlan } from './consumers.ts';
import type { GateState } from './gate-state.ts';

/** What is let through, and what is to be said of the rest. */
export type GateResult =
  | {
      readonly kind: 'passed';
      /** The scope as it is now. */
      readonly view: ScopeView;
      readonly plans: readonly TargetPlan[];
      /** By name of the target's Secret. */
      readonly targets: ReadonlyMap<string, GatedTarget>;
      readonly findings: readonly Finding[];
      /** When time alone changes something, in milliseconds from now. */
      readonly againMs: number | undefined;
      readonly state: GateState;
      readonly decisions: readonly Decided[];
      /** Every vote that mattered, and what it was worth. */
      readonly votes: readonly WeighedVote[];
    }
  /** Somebody wrote, or something moved, meanwhile: nothing was done, and nothing is to be reported. */
  | { readonly kind: 'again' };

export interface GatedTarget {
  /** What waits; undefined: nothing does. */
  readonly pending: Told | undefined;
  /** An approved plan is being delivered meanwhile. */
  readonly live: boolean;
  /** Its release has ended, and the Secret is to go. */
  readonly remove: boolean;
}

export interface Decided {
  readonly consumer: ConsumerPlan;
  readonly facts: GateFacts;
  readonly decision: GateDecision;
}

export function passageOf({ consumer, decision }: Decided): Passage {
  const { wanted, live } = decision;
  if (wanted.kind === 'open') return { kind: 'open', wanted: consumer.wanted };
  const goesOn = live?.verdict.kind === 'open' || live?.verdict.kind === 'undecidable';
  return {
    kind: 'held',
    told: wanted,
    wanted: consumer.wanted,
    released: goesOn ? consumer.released : undefined,
  };
}

/** By name of the Secret. */
export function targetsOf(decisions: readonly Decided[]): Map<string, GatedTarget> {
  return new Map(decisions.map((one) => [one.consumer.secretName, targetOf(one)]));
}

function targetOf({ consumer, decision }: Decided): GatedTarget {
  const { wanted, live } = decision;
  if (wanted.kind === 'open') return { pending: undefined, live: true, remove: false };
  const verdict = live?.verdict;
  const ended = verdict?.kind === 'revoked' || verdict?.kind === 'expired';
  // why it cannot be planned is told of the target itself
  const unplanned = consumer.plans.length === 0 && !ended;
  return {
    pending: unplanned ? undefined : told(wanted, verdict, ended),
    live: verdict?.kind === 'open' || verdict?.kind === 'undecidable',
    remove: ended && verdict.secret === 'Delete',
  };
}

/** Of a release that has ended it is said how, unless something else is asked for meanwhile. */
function told(wanted: Verdict, last: Verdict | undefined, ended: boolean): Told {
  return ended && last && wanted.kind === 'undecidable' ? last : wanted;
}

/** Everything that targets want was decided on. */
export function isSettled(decisions: readonly Decided[], { targets = [] }: ScopeSpec): boolean {
  return decisions.length === targets.length && decisions.every(isAnswered);
}

/** What cannot be told now was asked for by somebody as well, and nobody has approved it. */
function isAnswered({ consumer: { plans }, decision: { wanted } }: Decided): boolean {
  const isWhole = plans.every(({ keys }) => keys.every(({ kind }) => kind !== 'keep'));
  return wanted.kind === 'open' && plans.length > 0 && isWhole;
}

/** Whether something could not be looked up. */
export function isUndecidable({ wanted, live }: GateDecision): boolean {
  return wanted.kind === 'undecidable' || live?.verdict.kind === 'undecidable';
}
