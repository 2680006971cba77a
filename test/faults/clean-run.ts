/**
 * Owns: a scenario without faults: how it ends, and every write and event on the way, for plans to break.
 * Used by: the runner, once for each scenario before any of its plans.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorFlags } from '../scenarios-support/operator-process.ts';
import { UncleanRun } from './again-if-slow.ts';
import type { Digest } from './digest.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { gather } from './gather-evidence.ts';
import type { Lane } from './lane.ts';
import { violations } from './oracles/all-oracles.ts';
import { countByLabel } from './oracles/bounded-retries.ts';
import { Stage } from './stage.ts';
import {
  eventLabel,
  type TracedEvent,
  type TracedWrite,
  tracedWrites,
  WATCHES,
  type WatchName,
  watchName,
} from './trace.ts';

export interface CleanRun {
  readonly before: Digest | undefined;
  readonly after: Digest;
  readonly writes: readonly TracedWrite[];
  readonly events: readonly TracedEvent[];
  /** requests of each label */
  readonly counts: ReadonlyMap<string, number>;
  /** keys that wait for a time at its end */
  readonly delayed: number;
}

/** One replica without a Lease, which a killed process would leave behind for others to wait for. */
export function singleReplica(scenario: FaultScenario, ...more: string[]): OperatorFlags {
  const { departs = false, flags = [] } = scenario;
  return { extra: ['--no-leader-elect', ...flags, ...more], ...(departs && { orphanGrace: '3s' }) };
}

const SILENCE_MS = 3_000;
const BOUND_MS = 30_000;

/** Throws when the scenario does not even hold without faults. */
export async function runClean(lane: Lane, scenario: FaultScenario): Promise<CleanRun> {
  const stage = await Stage.set({ lane, scenario, flags: singleReplica(scenario), replicas: 1 });
  const before = scenario.startsOperator
    ? undefined
    : await stage.untilSettled('before', undefined, BOUND_MS);
  const events = new Map<string, TracedEvent>();
  for (const watch of WATCHES) listen(stage, watch, events);
  await stage.act();
  const after = await stage.untilSettled('after', undefined, BOUND_MS);
  stage.endFaults();
  await pause(SILENCE_MS);
  const run: CleanRun = {
    before,
    after,
    writes: tracedWrites(stage.seen),
    events: [...events.values()],
    counts: countByLabel(stage.seen),
    delayed: await stage.delayed(),
  };
  const found = violations(await gather(stage, run, 0));
  if (found.length > 0) throw new UncleanRun(scenario.name, found);
  return run;
}

/** A rule that never matches sees every event of a watch. */
function listen(stage: Stage, watch: WatchName, events: Map<string, TracedEvent>): void {
  stage.replica.proxy.onWatch({
    match: (request) => watchName(request) === watch,
    event: (event) => {
      if (event.type !== 'BOOKMARK') {
        const label = eventLabel(watch, event);
        events.set(label, { label, watch });
      }
      return false;
    },
    fault: { kind: 'drop' },
  });
}
