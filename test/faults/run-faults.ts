/**
 * Owns: a whole run: lanes are opened, scenarios run clean, plans are chosen, run side by side, and counted.
 * Used by: scripts/test-faults.ts.
 */
import { availableParallelism } from 'node:os';
import { againIfSlow, mayBeSlowness } from './again-if-slow.ts';
import { type CleanRun, runClean } from './clean-run.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { SCENARIOS } from './fault-scenarios.ts';
import { withoutRepeats } from './gating.ts';
import { inLanes, inTwoQueues, type Job } from './in-lanes.ts';
import { Lane } from './lane.ts';
import { type OfferedPlan, plansFor } from './make-plans.ts';
import { runPlan, type Verdict } from './plan.ts';
import { PlanDump } from './plan-dump.ts';
import { PROVIDER_PLANS, type ProviderPlan } from './providers/provider-plans.ts';
import { providerJobs, providersAlone } from './providers/run-provider-plans.ts';
import { sampledPlans } from './sampled-plans.ts';
import { SEEDED_BUGS } from './seeded-bugs/all-seeded-bugs.ts';
import { TRANSITIONS, transitionJobs, transitionsAlone } from './transitions/run-transitions.ts';
import type { Transition } from './transitions/transition.ts';

export interface FaultRunOptions {
  /** every plan, not only those that gate */
  readonly all: boolean;
  /** only plans whose id contains one of these */
  readonly plans: readonly string[];
  /** of those that are named, only what gates */
  readonly gating: boolean;
  /** of the sampled pairs */
  readonly seed: number;
  readonly pairs: number;
  readonly lanes: number;
  /** print what would run, and run nothing but the clean scenarios */
  readonly list: boolean;
  readonly say: (line: string) => void;
}

// a control plane, a proxy and operators: some 700 MB each
const MOST_LANES = 8;

/** What gates, as it gates. A lane mostly waits: with two for a processor more than a third of it was idle. */
export const GATE = {
  seed: 1,
  pairs: 4,
  lanes: Math.min(MOST_LANES, 3 * availableParallelism()),
} satisfies Partial<FaultRunOptions>;

export interface FaultRunResult {
  readonly passed: number;
  readonly failed: number;
  /** ids of what failed */
  readonly failures: readonly string[];
  /** why the run did not come to its end; counted as one failure */
  readonly broken?: string;
}

interface Known {
  readonly scenario: FaultScenario;
  readonly clean: CleanRun;
}

export async function runFaults(options: FaultRunOptions): Promise<FaultRunResult> {
  const { say } = options;
  const started = performance.now();
  const lanes = await Lane.openAll('faults', options.lanes);
  try {
    say(`${lanes.length} lanes are open after ${secondsSince(started)} s`);
    const known = await runAllClean(lanes, scenariosFor(options), say);
    const plans = chosenPlans(known, options);
    const chosen = {
      plans,
      known,
      transitions: named(TRANSITIONS, options),
      providers: named(PROVIDER_PLANS, options),
    };
    const ids = [...chosen.transitions, ...chosen.providers, ...plans].map(({ id }) => id);
    say(`${known.length} scenarios hold without faults; ${ids.length} plans`);
    if (options.list) for (const id of ids) say(id);
    const result = options.list ? NOTHING : await runAll(lanes, chosen, say);
    for (const id of result.failures) say(`failed: npm run test:faults -- --plan ${id}`);
    say(`${secondsSince(started)} s in all`);
    return result;
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

const NOTHING: FaultRunResult = { passed: 0, failed: 0, failures: [] };
const secondsSince = (started: number) => ((performance.now() - started) / 1000).toFixed(1);

/** Transitions, and plans of clouds, have worlds of their own. */
const isOfNoScenario = (plan: string) => /^(transitions|provider-(aws|gcp|azure))\b/.test(plan);

/** A plan's id begins with the scenario's name: others need no clean run. */
function scenariosFor({ plans }: FaultRunOptions): readonly FaultScenario[] {
  if (plans.length > 0 && plans.every((plan) => isOfNoScenario(plan))) return [];
  const named = SCENARIOS.filter(({ name }) => plans.some((plan) => plan.startsWith(`${name}/`)));
  const allNamed = plans.every((plan) => SCENARIOS.some(({ name }) => plan.startsWith(`${name}/`)));
  return plans.length > 0 && allNamed ? named : SCENARIOS;
}

async function runAllClean(
  lanes: readonly Lane[],
  scenarios: readonly FaultScenario[],
  say: FaultRunOptions['say'],
): Promise<Known[]> {
  const known = new Map<FaultScenario, CleanRun>();
  await inLanes(lanes, scenarios, async (lane, scenario) => {
    const tell = async (error: unknown) => {
      say(`✗ ${error instanceof Error ? error.message : String(error)}`);
      say(`    what happened: ${await new PlanDump().write(`${scenario.name}-clean`, lane)}`);
    };
    const clean = await againIfSlow(() => runClean(lane, scenario), tell);
    say(`  ${scenario.name}: ${clean.writes.length} writes, ${clean.events.length} events, ${scenario.what}`);
    known.set(scenario, clean);
  });
  return scenarios.flatMap((scenario) => {
    const clean = known.get(scenario);
    return clean ? [{ scenario, clean }] : [];
  });
}

function chosenPlans(known: readonly Known[], options: FaultRunOptions): OfferedPlan[] {
  const offered = [
    ...known.flatMap(({ scenario, clean }) => plansFor(scenario, clean)),
    ...sampledPlans(known, options.seed, options.pairs),
  ];
  const isNamed = ({ id }: OfferedPlan) => options.plans.some((part) => id.includes(part));
  const wanted = onlyGating(options) ? withoutRepeats(offered, SEEDED_BUGS) : offered;
  const chosen = options.plans.length > 0 ? wanted.filter(isNamed) : wanted;
  // the longest first, so that no lane ends long after the others
  return chosen.toSorted((a, b) => b.seconds - a.seconds);
}

function named<T extends { readonly id: string; readonly gates: boolean }>(
  offered: readonly T[],
  options: FaultRunOptions,
): readonly T[] {
  const wanted = onlyGating(options) ? offered.filter(({ gates }) => gates) : offered;
  const { plans } = options;
  return plans.length === 0 ? wanted : wanted.filter(({ id }) => plans.some((part) => id.includes(part)));
}

/** Without a name what gates, with one everything of that name, if nothing else is said. */
const onlyGating = ({ all, gating, plans }: FaultRunOptions) => gating || (!all && plans.length === 0);

interface Chosen {
  readonly plans: readonly OfferedPlan[];
  readonly transitions: readonly Transition[];
  readonly providers: readonly ProviderPlan[];
  readonly known: readonly Known[];
}

/**
 * All together, so that no lane waits for the end of one sort. The first lanes take what shares a world, which leaves
 * namespaces behind that plans of old lists would meet; then new ones take their places.
 */
async function runAll(
  lanes: readonly Lane[],
  { plans, transitions, providers, known }: Chosen,
  say: FaultRunOptions['say'],
): Promise<FaultRunResult> {
  const failures: string[] = [];
  const again = { transitions: new Set<Transition>(), providers: new Set<ProviderPlan>() };
  const worlds = [
    ...providerJobs(providers, (plan) => again.providers.add(plan), say),
    ...transitionJobs(transitions, (one) => again.transitions.add(one), say),
  ];
  await inTwoQueues(lanes, worlds, planJobs(plans, known, failures, say));
  const still = ({ id }: { readonly id: string }) => failures.push(id);
  const alone = [
    ...providersAlone([...again.providers], still, say),
    ...transitionsAlone([...again.transitions], still, say),
  ];
  if (alone.length > 0) say(`${alone.length} that shared a world are tried alone`);
  await inLanes(lanes, alone, (lane, job) => job(lane));
  const count = plans.length + transitions.length + providers.length;
  return { passed: count - failures.length, failed: failures.length, failures };
}

function planJobs(
  plans: readonly OfferedPlan[],
  known: readonly Known[],
  failures: string[],
  say: FaultRunOptions['say'],
): Job[] {
  const dump = new PlanDump();
  let done = 0;
  return plans.map((plan) => async (lane) => {
    const clean = known.find(({ scenario }) => scenario === plan.scenario)?.clean;
    if (!clean) throw new Error(`${plan.scenario.name} has no clean run`);
    done += 1;
    for (let attempt = 1; ; attempt++) {
      const verdict = await runPlan(plan, lane, clean);
      for (const line of linesFor(plan, verdict, `${done}/${plans.length}`)) say(line);
      if (verdict.kind === 'passed') return;
      say(`    what happened: ${await dump.write(plan.id, lane)}`);
      if (attempt === 1 && (verdict.kind !== 'violated' || mayBeSlowness(verdict.violations))) continue;
      failures.push(plan.id);
      return;
    }
  });
}

function linesFor({ id }: OfferedPlan, verdict: Verdict, count: string): string[] {
  const tail = `${id} (${verdict.seconds.toFixed(1)} s, ${count})`;
  switch (verdict.kind) {
    case 'passed':
      return [`✓ ${tail}`];
    case 'violated':
      return [
        `✗ ${tail}`,
        ...verdict.violations.map((violation) => `    ${violation.replaceAll('\n', '\n    ')}`),
      ];
    case 'notCarriedOut':
      return [`✗ ${tail}`, `    the plan could not be carried out: ${verdict.why}`];
    default:
      return verdict satisfies never;
  }
}
