/**
 * Owns: which plans gate. There are thousands, and a change waits for those that gate: enough that every kind of fault
 * meets every kind of write, that every seeded bug is found, and no more. Used by: make-plans.ts. The others run with --all.
 */
import { claimsOf, type FaultScenario, writtenSources } from './fault-scenario.ts';
import type { SeededBug } from './seeded-bugs/seeded-bug.ts';
import type { TracedEvent, TracedWrite } from './trace.ts';

/** When the process dies: before a write is sent, when it is stored, or when it is answered. */
export type Death = 'before' | 'applied' | 'answered';

/** Scenarios whose plans wait for a time to be over: of them only deaths gate. */
const DEATHS_ONLY = ['expire', 'claim-expire'];
/** Scenarios on which it gates that the operator dies before it has written anything: a first write of each kind. */
const BEFORE_GATE = ['rotate', 'withdraw', 'delete', 'rename', 'install', 'approve', 'revoke'];
/** Scenarios on which a death after the first status of a scope, or of a vote, gates: nothing rests on what people read. */
const STATUS_GATE = ['rotate', 'withdraw', 'approve'];
/** Scenarios that write what others write, for another reason: a death after those says nothing new. */
const ALIKE = ['inherit', 'override'];
/** Scenarios that write much of one kind: a death after one of each is enough. */
const ONE_OF_EACH = ['hand-edit', 'install', 'claim-release'];
/** Scenarios on which the slow plans gate. */
const SLOW_GATE = ['rotate'];
/** Scenarios on which it gates that every watch is opened again: one of values, one of decisions, one of claims. */
const WATCHES_GATE = ['rotate', 'approve', 'claim'];
/** Scenarios after which an operator that starts with an old view of the world could undo most. */
const STALE_GATE = ['rotate', 'withdraw', 'delete', 'revoke', 'claim-change', 'seal', 'seal-delete'];

/** Scenarios in which a time decides, and one in which none may. */
const CLOCK_GATE = ['rotate', 'approve', 'expire', 'claim-expire', 'seal'];

/** Kinds of answers that gate on a write of a value; the others do not know what it is about. */
const ANSWERS_OF_SEALS = ['lost-answer', 'answer-409', 'answer-500'];

/**
 * Whether a write comes in every run. While an operator starts it is chance how much it knows when it first says
 * something, so how often it corrects itself is chance too; a gate must not wait for what may not come.
 */
const isCertain = ({ startsOperator }: FaultScenario, { nth }: TracedWrite) => !startsOperator || nth === 1;

/** A decision on approvals is many writes and events, one after another and about one thing: fewer plans say as much. */
const isDecision = ({ requests }: FaultScenario) => requests !== undefined;
/** A claim goes the ways of scopes and of decisions, which have plans of their own: what gates is about the claim itself. */
const isClaim = (scenario: FaultScenario) => claimsOf(scenario).length > 0;
/** What is written goes the ways of scopes as soon as it is at its source: what gates is about the way there. */
const isSeal = ({ written }: FaultScenario) => written !== undefined;

/** What is told is found out as anything is: what gates is about what the automation says, which is its queue. */
const isTold = ({ told }: FaultScenario) => told !== undefined;
/** A decision is told as a rotation is. */
const gatesTold = ({ name }: FaultScenario) => name === 'tell';
const isOfAutomation = ({ label }: TracedWrite) => /^patch-webhookautomations-/.test(label);

const isOfSecret = ({ label }: TracedWrite) => /^(post|patch|delete)-secrets-/.test(label);
const isOfClaim = (write: TracedWrite) => isOfSecret(write) || /^patch-secretclaims-/.test(write.label);
/** What a backend says of itself rests on nothing else, and nothing rests on it. */
const isOfBackend = ({ label }: TracedWrite) => /^patch-secretbackends-/.test(label);
/** What is said of a scope, or of a vote. */
const isSaying = ({ label }: TracedWrite) => /^patch-(secretscopes|requestreviews)-status-/.test(label);
const isOfItsRequest = ({ label }: TracedWrite) => /^\w+-(scopeledgers|secretrequests)-/.test(label);
const isOfSource = (scenario: FaultScenario, { label }: TracedWrite) =>
  [...writtenSources(scenario)].some((source) => label.endsWith(`-secrets-${source.replace('/', '-')}`));
/** The record of what comes next, and that it is done, of the first one that is written; and every source. */
const isOfSeal = (scenario: FaultScenario, write: TracedWrite) =>
  isOfSource(scenario, write) || (/^\w+-scopeledgers-/.test(write.label) && write.nth <= 2);

/** A death after each write, and in some scenarios before the first: before any other it is a death after the one before. */
export function gatesDeath(
  scenario: FaultScenario,
  writes: readonly TracedWrite[],
  write: TracedWrite,
  when: Death,
): boolean {
  if (!isCertain(scenario, write) || when === 'answered') return false;
  if (when === 'before') return write === writes[0] && BEFORE_GATE.includes(scenario.name);
  if (isSeal(scenario)) return isOfSeal(scenario, write);
  if (isTold(scenario)) return gatesTold(scenario) && isOfAutomation(write);
  if (isClaim(scenario) && !isOfClaim(write) && !(scenario.name === 'claim-release' && isOfItsRequest(write)))
    return false;
  if (isOfBackend(write) || ALIKE.includes(scenario.name)) return false;
  if (isSaying(write) && !STATUS_GATE.includes(scenario.name)) return false;
  const isFirst = write === writes.find((other) => sortOf(other) === sortOf(write));
  return isFirst || !(isSaying(write) || ONE_OF_EACH.includes(scenario.name));
}

/** `patch-secrets`: what is written, whichever object. */
export const sortOf = ({ label }: Pick<TracedWrite, 'label'>): string =>
  /^(\w+-[a-z]+(?:-status)?)-/.exec(label)?.[1] ?? label;

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
 * like the others. Of a claim, on every other write about it; of what is written, on each write on the way to its source.
 */
export function gatesAnswer(scenario: FaultScenario, turns: Turns<TracedWrite>, fault: string): boolean {
  const { all, one } = turns;
  if (!isCertain(scenario, one) || DEATHS_ONLY.includes(scenario.name)) return false;
  if (isSeal(scenario)) {
    const kind = ANSWERS_OF_SEALS.indexOf(fault);
    const own = all.filter((write) => isOfSeal(scenario, write));
    const kinds = ANSWERS_OF_SEALS.length;
    // scenarios begin as many kinds apart as there are here
    return isInTurn({ ...turns, all: own, kind, kinds, turn: turns.turn / kinds }, 1);
  }
  if (isClaim(scenario)) return isInTurn({ ...turns, all: all.filter(isOfClaim) }, 2);
  // two kinds on each write
  if (isTold(scenario)) {
    const own = { ...turns, all: all.filter(isOfAutomation) };
    return gatesTold(scenario) && (isInTurn(own, 1) || isInTurn({ ...own, turn: own.turn + 5 }, 1));
  }
  return (fault === 'lost-answer' && isOfSecret(one) && !isDecision(scenario)) || isInTurn(turns, 2);
}

/**
 * Every kind in turn on every fourth event (of a claim every other that is about it), and the first one dropped; of what is
 * written, what the ledger says delayed as well.
 */
export function gatesEvent(scenario: FaultScenario, turns: Turns<TracedEvent>, fault: string): boolean {
  const { all, one } = turns;
  if (DEATHS_ONLY.includes(scenario.name)) return false;
  if (fault === 'drop' && one === all[0]) return !isTold(scenario) || gatesTold(scenario);
  if (isSeal(scenario)) return fault === 'delay' && one.watch === 'ledgers';
  if (isTold(scenario))
    return (
      gatesTold(scenario) && one.watch === 'automations' && ['drop', 'repeat', 'delay', 'end'].includes(fault)
    );
  if (!isClaim(scenario)) return isInTurn(turns, 4);
  return isInTurn({ ...turns, all: all.filter(({ watch }) => watch === 'claims' || watch === 'targets') }, 2);
}

function isInTurn<T>({ all, one, kind, kinds, turn }: Turns<T>, step: number): boolean {
  const index = all.indexOf(one);
  return index >= 0 && index % step === 0 && kind === (index + turn) % kinds;
}

export function gatesConnection(scenario: FaultScenario, fault: string): boolean {
  if (fault === 'watch-410') return WATCHES_GATE.includes(scenario.name);
  if (fault === 'stale-restart') return STALE_GATE.includes(scenario.name);
  return SLOW_GATE.includes(scenario.name);
}

export function gatesClock({ name }: FaultScenario): boolean {
  return CLOCK_GATE.includes(name);
}

interface Chosen {
  readonly id: string;
  readonly gates: boolean;
}

/** The first plan that has to find a seeded bug gates, whatever it is about. */
export function withSeededBugs<T extends Chosen>(
  scenario: FaultScenario,
  plans: readonly T[],
  bugs: readonly SeededBug[],
): T[] {
  const own = bugs.filter(({ plans: words }) => words.includes(scenario.name));
  const finders = own.map(({ plans: words }) =>
    plans.find(({ id }) => words.every((word) => id.includes(word))),
  );
  return plans.map((plan) => (finders.includes(plan) ? { ...plan, gates: true } : plan));
}

interface Met extends Chosen {
  readonly scenario: FaultScenario;
  /** the kind of fault, and what it meets; undefined for deaths, of which the place is what counts */
  readonly meets: string | undefined;
}

/** Of answers and events: which kind of fault meets which kind of thing for the first time, in all scenarios. */
export function withoutRepeats<T extends Met>(plans: readonly T[], bugs: readonly SeededBug[]): T[] {
  const gating = plans.filter(({ gates }) => gates);
  const isFinder = ({ id, scenario }: Met) =>
    bugs.some(
      ({ plans: words }) => words.includes(scenario.name) && words.every((word) => id.includes(word)),
    );
  const met = new Set(gating.filter(isFinder).map(({ meets }) => meets));
  return gating.filter((plan) => {
    if (plan.meets === undefined || isFinder(plan) || isSeal(plan.scenario) || isTold(plan.scenario))
      return true;
    const isFirst = !met.has(plan.meets);
    met.add(plan.meets);
    return isFirst;
  });
}
