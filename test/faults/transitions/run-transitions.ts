/**
 * Owns: running transitions: some of them one after another in one world, or one alone in a world of its own.
 * Used by: run-faults.ts.
 */
import type { FaultScenario } from '../fault-scenario.ts';
import type { Job } from '../in-lanes.ts';
import type { Lane } from '../lane.ts';
import { PlanDump } from '../plan-dump.ts';
import { POLICY_FLAGS } from '../request-steps.ts';
import { Stage } from '../stage.ts';
import { CLOUD_WORLD } from './cloud-world.ts';
import { PROTECTED_WORLD } from './protected-world.ts';
import { runTransition, type Settled, settledWorld } from './run-transition.ts';
import { SCOPE_WORLD } from './scope-world.ts';
import { type Transition, type TransitionWorld, transitionsOf } from './transition.ts';

export const TRANSITION_WORLDS: readonly TransitionWorld[] = [SCOPE_WORLD, PROTECTED_WORLD, CLOUD_WORLD];
export const TRANSITIONS: readonly Transition[] = TRANSITION_WORLDS.flatMap(transitionsOf);

/** One operator lives through so many; a world takes as long to make as five of them. */
const BATCH = 15;

/** One after another, some in each world. `failed` gets every one that has to be tried again. */
export function transitionJobs(
  transitions: readonly Transition[],
  failed: (transition: Transition) => void,
  say: (line: string) => void,
): Job[] {
  return batchesOf(transitions).map((batch) => (lane) => judgeBatch(lane, batch, failed, say));
}

/** Each alone, in a world of its own: nothing that went before is to blame then. */
export function transitionsAlone(
  transitions: readonly Transition[],
  failed: (transition: Transition) => void,
  say: (line: string) => void,
): Job[] {
  return transitions.map((transition) => (lane) => judgeBatch(lane, [transition], failed, say));
}

const dump = new PlanDump();

async function judgeBatch(
  lane: Lane,
  batch: readonly Transition[],
  failed: (transition: Transition) => void,
  say: (line: string) => void,
): Promise<void> {
  for await (const { transition, found, seconds } of inOneWorld(lane, batch)) {
    const { id } = transition;
    say(`${found.length === 0 ? '✓' : '✗'} ${id} (${seconds.toFixed(1)} s)`);
    for (const violation of found) say(`    ${violation.replaceAll('\n', '\n    ')}`);
    if (found.length === 0) continue;
    say(`    what happened: ${await dump.write(id, lane)}`);
    failed(transition);
  }
}

function batchesOf(transitions: readonly Transition[]): Transition[][] {
  const byWorld = Map.groupBy(transitions, ({ world }) => world);
  return [...byWorld.values()].flatMap((all) => {
    const count = Math.ceil(all.length / BATCH);
    return Array.from({ length: count }, (_, first) => all.filter((_one, index) => index % count === first));
  });
}

export interface Judged {
  readonly transition: Transition;
  readonly found: readonly string[];
  readonly seconds: number;
}

/** One after another in one world, and in another one after each that has failed. */
export async function* inOneWorld(lane: Lane, batch: readonly Transition[]): AsyncGenerator<Judged> {
  let world: [Stage, Settled] | undefined;
  for (const transition of batch) {
    const started = performance.now();
    let found: string[];
    try {
      world ??= await settled(lane, transition.world);
      const [stage, before] = world;
      found = await runTransition(transition, stage, before);
    } catch (error) {
      found = [error instanceof Error ? error.message : String(error)];
    }
    yield { transition, found, seconds: (performance.now() - started) / 1000 };
    // what is left of it may be to blame for what comes next
    if (found.length > 0) world = undefined;
  }
}

async function settled(lane: Lane, world: TransitionWorld): Promise<[Stage, Settled]> {
  const { name, objects } = world;
  const scenario: FaultScenario = {
    name: `transitions-${name}`,
    what: 'a field is changed and mended',
    objects,
    before: {},
    act: async () => undefined,
    after: {},
    // nobody judges what is there before it has settled
    startsOperator: false,
  };
  const extra = ['--no-leader-elect', ...POLICY_FLAGS];
  const stage = await Stage.bare({ lane, scenario, flags: { extra }, replicas: 1 });
  return [stage, await settledWorld(stage, world)];
}
