/**
 * Owns: what a plan is, and running one: clean beginning, fault, end of faults, the same end as without them.
 * Used by: the runner. A plan's id is `scenario/fault/where`, and says all that is needed to repeat it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorFlags } from '../scenarios-support/operator-process.ts';
import type { CleanRun } from './clean-run.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { gather, interruptionsOf } from './gather-evidence.ts';
import type { Lane } from './lane.ts';
import { violations } from './oracles/all-oracles.ts';
import { PlanNotCarriedOut, Stage } from './stage.ts';

export interface Plan {
  readonly id: string;
  readonly scenario: FaultScenario;
  readonly flags: OperatorFlags;
  readonly replicas: number;
  /** about how long it takes; the longest are begun first */
  readonly seconds: number;
  /** how long nothing may be written at its end, milliseconds */
  readonly silenceMs: number;
  /** within which time after the faults the world has to be right */
  readonly boundMs: number;
  /** The fault never ends by itself: the world has to become right all the same. */
  readonly faultStays: boolean;
  /** Does the act, with what goes wrong in it. Returns when the fault has come to pass. */
  readonly carryOut: (stage: Stage) => Promise<void>;
}

export type Verdict =
  | { readonly kind: 'passed'; readonly seconds: number }
  | { readonly kind: 'violated'; readonly seconds: number; readonly violations: readonly string[] }
  | { readonly kind: 'notCarriedOut'; readonly seconds: number; readonly why: string };

export async function runPlan(plan: Plan, lane: Lane, clean: CleanRun): Promise<Verdict> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const found = await carryOut(plan, lane, clean);
    return found.length === 0
      ? { kind: 'passed', seconds: seconds() }
      : { kind: 'violated', seconds: seconds(), violations: found };
  } catch (error) {
    if (!(error instanceof PlanNotCarriedOut)) throw error;
    return { kind: 'notCarriedOut', seconds: seconds(), why: error.message };
  }
}

async function carryOut(plan: Plan, lane: Lane, clean: CleanRun): Promise<string[]> {
  const stage = await setStage(plan, lane, clean);
  const failed = await disturb(plan, stage);
  if (!plan.faultStays) stage.endFaults();
  const unsettled = failed ?? (await untilRight(plan, stage, clean));
  if (unsettled === undefined) await pause(plan.silenceMs);
  stage.endFaults();
  return [...(unsettled ?? []), ...violations(await gather(stage, clean, interruptionsOf(stage)))];
}

/** What went wrong already while the fault lasted. */
async function disturb(plan: Plan, stage: Stage): Promise<string[] | undefined> {
  try {
    await plan.carryOut(stage);
    return undefined;
  } catch (error) {
    if (error instanceof PlanNotCarriedOut) throw error;
    return [`during the fault: ${messageOf(error)}`];
  }
}

async function setStage(plan: Plan, lane: Lane, clean: CleanRun): Promise<Stage> {
  const { scenario, flags, replicas } = plan;
  try {
    return await Stage.set({ lane, scenario, flags, replicas }, clean.before);
  } catch (error) {
    throw new PlanNotCarriedOut(`the world before was never right: ${messageOf(error)}`);
  }
}

/** Undefined when the end is that of the clean run. */
async function untilRight(plan: Plan, stage: Stage, clean: CleanRun): Promise<string[] | undefined> {
  try {
    await stage.untilSettled('after', clean.after, plan.boundMs, clean.delayed);
    return undefined;
  } catch (error) {
    stage.times.settled = performance.now();
    return [`convergence: not right ${plan.boundMs / 1000} s after the faults ended: ${messageOf(error)}`];
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
