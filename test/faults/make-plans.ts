/**
 * Owns: which plans there are for a scenario, given what its clean run wrote and saw; and which of them gate.
 * Used by: the runner. The same clean run gives the same plans in the same order.
 */
import type { OperatorFlags } from '../scenarios-support/operator-process.ts';
import { type CleanRun, singleReplica } from './clean-run.ts';
import {
  answerWith,
  cutOff,
  type Disturbance,
  disturbEvent,
  halfOpen,
  killAt,
  refuseWatches,
  remade,
  staleRestart,
} from './disturbances.ts';
import { ANSWER_FAULTS, EVENT_FAULTS, GONE, type NamedFault } from './fault-kinds.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { heir, SCENARIOS } from './fault-scenarios.ts';
import { killedLeader, pausedLeader } from './leader-disturbances.ts';
import type { Plan } from './plan.ts';
import type { RequestFault, WatchFault } from './proxy/fault-rules.ts';
import type { TracedEvent, TracedWrite } from './trace.ts';

export interface OfferedPlan extends Plan {
  /** runs for every change; the others with --all */
  readonly gates: boolean;
}

// the back-off after a second failure is at most two seconds, and a busy machine takes its time
const BOUND_MS = 30_000;
const SILENCE_MS = 3_000;
const LONG_SILENCE_MS = 60_000;
// a call that nobody answers is given up after 30 s, and made again after a back-off
const HANG_BOUND_MS = 60_000;
// what a watch lost is found by the next full list
export const RELISTING = ['--relist-interval', '4s'];

/** Scenarios whose first plan watches the silence for a whole minute. */
const LONG_SILENCE = ['create', 'rotate', 'withdraw', 'rename', 'hand-edit'];
/** Scenarios whose plans wait for a time to be over: of them only deaths gate, and a restart. */
const DEATHS_ONLY = ['expire'];
/** Scenarios on which the slow plans gate. */
const SLOW_GATE = ['rotate', 'withdraw'];

interface Draft {
  readonly fault: string;
  readonly where: string;
  readonly gates: boolean;
  readonly carryOut: Disturbance;
  readonly flags?: OperatorFlags;
  readonly seconds?: number;
  readonly boundMs?: number;
  readonly replicas?: number;
  readonly faultStays?: boolean;
}

export function plansFor(scenario: FaultScenario, clean: CleanRun): OfferedPlan[] {
  // each scenario begins with other kinds, so that what gates has all of them
  const turn = SCENARIOS.indexOf(scenario) * 3;
  const drafts = scenario.raced
    ? (RACES[scenario.name] ?? [])
    : [
        ...killPlans(scenario, clean.writes),
        ...answerPlans(scenario, clean.writes, turn),
        ...hangingPlans(scenario, clean.writes),
        ...eventPlans(scenario, clean.events, turn),
        ...connectionPlans(scenario),
        ...leaderPlans(scenario),
      ];
  return drafts.map((draft, index) => finished(scenario, draft, index === 0));
}

function finished(scenario: FaultScenario, draft: Draft, isFirst: boolean): OfferedPlan {
  const {
    fault,
    where,
    gates,
    carryOut,
    flags = singleReplica(scenario),
    seconds = 8,
    boundMs = BOUND_MS,
    replicas = 1,
    faultStays = false,
  } = draft;
  const silenceMs = isFirst && LONG_SILENCE.includes(scenario.name) ? LONG_SILENCE_MS : SILENCE_MS;
  return {
    id: `${scenario.name}/${fault}/${where}`,
    scenario,
    flags,
    replicas,
    seconds: seconds + silenceMs / 1000,
    silenceMs,
    boundMs,
    faultStays,
    carryOut,
    gates,
  };
}

const EDITED = { label: 'targets-team-web-app-modified', watch: 'targets' } as const;
const RACES: Readonly<Record<string, readonly Draft[]>> = {
  remake: [{ fault: 'event-delay', where: 'scopes-team-web-app-added', gates: true, carryOut: remade(heir) }],
  'edit-undone': [
    {
      fault: 'event-swap',
      where: EDITED.label,
      gates: true,
      carryOut: disturbEvent(EDITED, { kind: 'swap' }),
    },
  ],
};

const isOfSecret = ({ label }: TracedWrite) => /^(post|patch|delete)-secrets-/.test(label);
const placeOf = ({ label, nth }: TracedWrite) => `${label}-${nth}`;

/**
 * Whether a write comes in every run. While an operator starts it is chance how much it knows when it first says
 * something, so how often it corrects itself is chance too; a gate must not wait for what may not come.
 */
const isCertain = ({ startsOperator }: FaultScenario, { nth }: TracedWrite) => !startsOperator || nth === 1;

/** A decision on approvals is many writes and events, one after another and about one thing: fewer plans say as much. */
const isDecision = ({ requests }: FaultScenario) => requests !== undefined;

/** What gates: a death before and after each write. In a decision a death before one is a death after the last. */
function killPlans(scenario: FaultScenario, writes: readonly TracedWrite[]): Draft[] {
  return writes.flatMap((write, index) =>
    (['before', 'applied', 'answered'] as const).map((when) => ({
      fault: `kill-${when}`,
      where: placeOf(write),
      gates:
        isCertain(scenario, write) &&
        (when === 'applied' || (when === 'before' && (index === 0 || !isDecision(scenario)))),
      carryOut: killAt(write, when),
    })),
  );
}

/**
 * Each kind on each write. What gates: every kind in turn, and a lost answer on every write of a Secret, which in a
 * decision comes by turn like the others.
 */
function answerPlans(scenario: FaultScenario, writes: readonly TracedWrite[], turn: number): Draft[] {
  const alwaysLost = (write: TracedWrite) => isOfSecret(write) && !isDecision(scenario);
  return writes.flatMap((write, index) =>
    ANSWER_FAULTS.map(({ name, fault, times }: NamedFault<RequestFault>, kind) => ({
      fault: name,
      where: placeOf(write),
      gates:
        isCertain(scenario, write) &&
        !DEATHS_ONLY.includes(scenario.name) &&
        ((fault.kind === 'lost-answer' && alwaysLost(write)) ||
          kind === (index + turn) % ANSWER_FAULTS.length),
      carryOut: answerWith(write, fault, times ?? 1),
    })),
  );
}

/** A call that nobody ever answers. */
function hangingPlans({ name }: FaultScenario, writes: readonly TracedWrite[]): Draft[] {
  return writes.map((write, index) => ({
    fault: 'hang-on',
    where: placeOf(write),
    gates: index === 0 && name === 'rename',
    carryOut: answerWith(write, { kind: 'hang' }, 1),
    faultStays: true,
    seconds: 40,
    boundMs: HANG_BOUND_MS,
  }));
}

/** Each kind on each event. What gates: every kind in turn on every other event (of a decision every third), and the first dropped. */
function eventPlans(scenario: FaultScenario, events: readonly TracedEvent[], turn: number): Draft[] {
  // what a starting operator is shown are lists, not events
  if (scenario.startsOperator) return [];
  const step = isDecision(scenario) ? 3 : 2;
  return events.flatMap((event, index) =>
    EVENT_FAULTS.map(({ name: fault, fault: what }: NamedFault<WatchFault>, kind) => ({
      fault: `event-${fault}`,
      where: event.label,
      gates:
        !DEATHS_ONLY.includes(scenario.name) &&
        ((what.kind === 'drop' && index === 0) ||
          (index % step === 0 && kind === (index + turn) % EVENT_FAULTS.length)),
      carryOut: disturbEvent(event, what),
      ...(what.kind === 'drop' && { flags: singleReplica(scenario, ...RELISTING) }),
    })),
  );
}

function connectionPlans({ name, startsOperator }: FaultScenario): Draft[] {
  if (startsOperator) return [];
  const slow = SLOW_GATE.includes(name);
  return [
    { fault: 'watch-410', where: 'every-watch', gates: true, carryOut: refuseWatches(GONE) },
    { fault: 'cut-off', where: 'every-connection', gates: slow, carryOut: cutOff },
    { fault: 'stale-restart', where: 'every-list', gates: true, carryOut: staleRestart, seconds: 15 },
    {
      fault: 'half-open',
      where: 'every-connection',
      gates: name === 'rotate',
      carryOut: halfOpen,
      seconds: 170,
    },
  ];
}

function leaderPlans({ name, startsOperator, flags = [] }: FaultScenario): Draft[] {
  if (startsOperator) return [];
  const common = {
    where: 'two-replicas',
    gates: SLOW_GATE.includes(name),
    replicas: 2,
    flags: { extra: flags },
    seconds: 30,
  };
  return [
    { ...common, fault: 'leader-killed', carryOut: killedLeader },
    { ...common, fault: 'leader-paused', carryOut: pausedLeader },
  ];
}
