/**
 * Owns: which plans there are for a scenario, given what its clean run wrote and saw. gating.ts says which of them gate.
 * Used by: the runner. The same clean run gives the same plans in the same order.
 */
import type { OperatorFlags } from '../scenarios-support/operator-process.ts';
import { stall, status } from '../scenarios-support/webhook-answers.ts';
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
import {
  gatesAnswer,
  gatesClock,
  gatesConnection,
  gatesDeath,
  gatesEvent,
  sortOf,
  withSeededBugs,
} from './gating.ts';
import { killedLeader, pausedLeader } from './leader-disturbances.ts';
import type { Plan } from './plan.ts';
import type { RequestFault, WatchFault } from './proxy/fault-rules.ts';
import { killAtReceiver, RECEIVER_FAULTS, receiverAnswers, receiverDown } from './receiver-disturbances.ts';
import { SEEDED_BUGS } from './seeded-bugs/all-seeded-bugs.ts';
import type { TracedEvent, TracedWrite } from './trace.ts';

export interface OfferedPlan extends Plan {
  /** runs for every change; the others with --all */
  readonly gates: boolean;
  /** the kind of fault, and what it meets, of an answer or an event */
  readonly meets: string | undefined;
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
const LONG_SILENCE = ['rotate', 'withdraw', 'rename'];

interface Draft {
  readonly fault: string;
  readonly where: string;
  readonly gates: boolean;
  readonly meets?: string;
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
        ...receiverPlans(scenario),
        ...clockPlans(scenario),
      ];
  const plans = drafts.map((draft, index) => finished(scenario, draft, index === 0));
  return withSeededBugs(scenario, plans, SEEDED_BUGS);
}

function finished(scenario: FaultScenario, draft: Draft, isFirst: boolean): OfferedPlan {
  const {
    fault,
    where,
    gates,
    meets,
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
    meets,
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

const placeOf = ({ label, nth }: TracedWrite) => `${label}-${nth}`;

function killPlans(scenario: FaultScenario, writes: readonly TracedWrite[]): Draft[] {
  return writes.flatMap((write) =>
    (['before', 'applied', 'answered'] as const).map((when) => ({
      fault: `kill-${when}`,
      where: placeOf(write),
      gates: gatesDeath(scenario, writes, write, when),
      carryOut: killAt(write, when),
    })),
  );
}

/** Each kind on each write. */
function answerPlans(scenario: FaultScenario, all: readonly TracedWrite[], turn: number): Draft[] {
  const kinds = ANSWER_FAULTS.length;
  return all.flatMap((one) =>
    ANSWER_FAULTS.map(({ name, fault, times }: NamedFault<RequestFault>, kind) => ({
      fault: name,
      where: placeOf(one),
      gates: gatesAnswer(scenario, { all, one, kind, kinds, turn }, name),
      meets: `${name} ${sortOf(one)}`,
      carryOut: answerWith(one, fault, times ?? 1),
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

/** Each kind on each event. */
function eventPlans(scenario: FaultScenario, all: readonly TracedEvent[], turn: number): Draft[] {
  // what a starting operator is shown are lists, not events
  if (scenario.startsOperator) return [];
  const kinds = EVENT_FAULTS.length;
  return all.flatMap((one) =>
    EVENT_FAULTS.map(({ name: fault, fault: what }: NamedFault<WatchFault>, kind) => ({
      fault: `event-${fault}`,
      where: one.label,
      gates: gatesEvent(scenario, { all, one, kind, kinds, turn }, fault),
      meets: `${fault} ${one.watch} ${one.label.split('-').at(-1)}`,
      carryOut: disturbEvent(one, what),
      ...(what.kind === 'drop' && { flags: singleReplica(scenario, ...RELISTING) }),
    })),
  );
}

function connectionPlans(scenario: FaultScenario): Draft[] {
  if (scenario.startsOperator) return [];
  const every = (fault: string, what: string, carryOut: Disturbance): Draft => ({
    fault,
    where: `every-${what}`,
    gates: gatesConnection(scenario, fault),
    carryOut,
  });
  return [
    every('watch-410', 'watch', refuseWatches(GONE)),
    every('cut-off', 'connection', cutOff),
    { ...every('stale-restart', 'list', staleRestart), seconds: 15 },
    { ...every('half-open', 'connection', halfOpen), seconds: 170 },
  ];
}

/** Each kind on the first request, and a death at each. */
function receiverPlans({ name, told }: FaultScenario): Draft[] {
  if (told === undefined) return [];
  const isFirst = name === 'tell';
  const requests = told.after.length - told.before.length;
  const spoilt = RECEIVER_FAULTS.map(({ name: fault, answers, seconds = 0 }) => ({
    fault: `receiver-${fault}`,
    where: 'request-1',
    gates: isFirst,
    carryOut: receiverAnswers(answers),
    seconds: 10 + seconds,
  }));
  const deaths = Array.from({ length: requests }, (_, index) =>
    [stall, status(200)].map((answer, kind) => ({
      fault: kind === 0 ? 'kill-asked' : 'kill-told',
      where: `request-${index + 1}`,
      gates: isFirst,
      carryOut: killAtReceiver(index + 1, answer),
    })),
  );
  return [
    ...spoilt,
    ...deaths.flat(),
    { fault: 'receiver-down', where: 'every-request', gates: false, carryOut: receiverDown },
  ];
}

const CLOCKS = { 'ahead-5m': 300_000, 'behind-5m': -300_000 } as const;
const SHIFTED_DATE = new URL('shifted-date.ts', import.meta.url).href;

/** The operator's clock is wrong from its start on; that of the API server is right. */
function clockPlans(scenario: FaultScenario): Draft[] {
  if (scenario.startsOperator) return [];
  return Object.entries(CLOCKS).map(([where, ms]) => ({
    fault: 'clock',
    where,
    gates: gatesClock(scenario),
    carryOut: (stage) => stage.act(),
    flags: {
      ...singleReplica(scenario),
      env: { NODE_OPTIONS: `--import ${SHIFTED_DATE}`, SECRETSCOPE_TEST_CLOCK_MS: String(ms) },
    },
  }));
}

function leaderPlans(scenario: FaultScenario): Draft[] {
  const { startsOperator, flags = [] } = scenario;
  if (startsOperator) return [];
  const twoReplicas = (fault: string, carryOut: Disturbance): Draft => ({
    fault,
    where: 'two-replicas',
    gates: gatesConnection(scenario, fault),
    carryOut,
    replicas: 2,
    flags: { extra: flags },
    seconds: 30,
  });
  return [twoReplicas('leader-killed', killedLeader), twoReplicas('leader-paused', pausedLeader)];
}
