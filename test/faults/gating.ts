/**
 * Owns: which plans gate. There are thousands, and a change waits for those that gate: enough that every kind of fault
 * meets every kind of write, no more. Used by: make-plans.ts. The others run with --all.
 */
import { claimsOf, type FaultScenario } from './fault-scenario.ts';
import type { TracedEvent, TracedWrite } from './trace.ts';

/** When the process dies: before a write is sent, when it is stored, or when it is answered. */
export type Death = 'before' | 'applied' | 'answered';

/** Scenarios whose plans wait for a time to be over: of them only deaths gate, and a restart. */
const DEATHS_ONLY = ['expire', 'claim-expire'];
/** Scenarios on which the slow plans gate. */
const SLOW_GATE = ['rotate', 'withdraw'];
/** Scenarios on which it gates that every watch is opened again: one of values, one of rights, one of decisions. */
const WATCHES_GATE = ['rotate', 'withdraw', 'approve'];
/** Which claim scenario gates that watches can be opened again; what the others watch is the same. */
const CLAIM_WATCHES = 'claim';

/**
 * Whether a write comes in every run. While an operator starts it is chance how much it knows when it first says
 * something, so how often it corrects itself is chance too; a gate must not wait for what may not come.
 */
const isCertain = ({ startsOperator }: FaultScenario, { nth }: TracedWrite) => !startsOperator || nth === 1;

/** A decision on approvals is many writes and events, one after another and about one thing: fewer plans say as much. */
const isDecision = ({ requests }: FaultScenario) => requests !== undefined;
/** A claim goes the ways of scopes and of decisions, which have plans of their own: what gates is about the claim itself. */
const isClaim = (scenario: FaultScenario) => claimsOf(scenario).length > 0;

const isOfSecret = ({ label }: TracedWrite) => /^(post|patch|delete)-secrets-/.test(label);
const isOfClaim = (write: TracedWrite) => isOfSecret(write) || /^patch-secretclaims-/.test(write.label);
/** What a backend says of itself rests on nothing else, and nothing rests on it. */
const isOfBackend = ({ label }: TracedWrite) => /^patch-secretbackends-/.test(label);
const isOfItsRequest = ({ label }: TracedWrite) => /^\w+-(scopeledgers|secretrequests)-/.test(label);

/** A death after each write, and before the first: before any other it is a death after the one before. */
export function gatesDeath(
  scenario: FaultScenario,
  writes: readonly TracedWrite[],
  write: TracedWrite,
  when: Death,
): boolean {
  if (!isCertain(scenario, write) || when === 'answered') return false;
  if (when === 'applied')
    return isClaim(scenario) ? isOfClaim(write) || isOfItsRequest(write) : !isOfBackend(write);
  return write === writes[0] && (isDecision(scenario) || !isClaim(scenario));
}

/** What can be broken, and the kinds of faults: those take turns. */
export interface Turns<T> {
  readonly all: readonly T[];
  readonly one: T;
  readonly kind: number;
  readonly kinds: number;
  /** where the scenario begins */
  readonly turn: number;
}

/**
 * Every kind in turn on every other write, and a lost answer on every write of a Secret, which in a decision comes by turn
 * like the others. Of a claim, on every other write about it.
 */
export function gatesAnswer(scenario: FaultScenario, turns: Turns<TracedWrite>, isLost: boolean): boolean {
  const { all, one } = turns;
  if (!isCertain(scenario, one) || DEATHS_ONLY.includes(scenario.name)) return false;
  if (isClaim(scenario)) return isInTurn({ ...turns, all: all.filter(isOfClaim) }, 2);
  return (isLost && isOfSecret(one) && !isDecision(scenario)) || isInTurn(turns, 2);
}

/**
 * Every kind in turn on every third event (of a decision every fourth, of a claim every other that is about it), and the
 * first one dropped.
 */
export function gatesEvent(scenario: FaultScenario, turns: Turns<TracedEvent>, isDrop: boolean): boolean {
  const { all, one } = turns;
  if (DEATHS_ONLY.includes(scenario.name)) return false;
  if (isDrop && one === all[0]) return true;
  if (!isClaim(scenario)) return isInTurn(turns, isDecision(scenario) ? 4 : 3);
  return isInTurn({ ...turns, all: all.filter(({ watch }) => watch === 'claims' || watch === 'targets') }, 2);
}

function isInTurn<T>({ all, one, kind, kinds, turn }: Turns<T>, step: number): boolean {
  const index = all.indexOf(one);
  return index >= 0 && index % step === 0 && kind === (index + turn) % kinds;
}

export function gatesConnection(scenario: FaultScenario, fault: string): boolean {
  if (fault === 'half-open') return scenario.name === 'rotate';
  if (fault === 'watch-410') return [...WATCHES_GATE, CLAIM_WATCHES].includes(scenario.name);
  return fault === 'stale-restart' || SLOW_GATE.includes(scenario.name);
}
