/**
 * Owns: plans with two faults at once, drawn by a seed: there are too many pairs to try all of them.
 * Used by: the runner. The same seed and clean runs draw the same pairs.
 */
import { type CleanRun, singleReplica } from './clean-run.ts';
import { both } from './disturbances.ts';
import { ANSWER_FAULTS, EVENT_FAULTS } from './fault-kinds.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { type OfferedPlan, RELISTING } from './make-plans.ts';

interface Known {
  readonly scenario: FaultScenario;
  readonly clean: CleanRun;
}

export function sampledPlans(all: readonly Known[], seed: number, count: number): OfferedPlan[] {
  const usable = all.filter(
    ({ scenario, clean }) => !scenario.raced && clean.writes.length > 0 && clean.events.length > 0,
  );
  const random = mulberry32(seed);
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[Math.floor(random() * from.length)];
    if (chosen === undefined) throw new Error('there is nothing to draw from');
    return chosen;
  };
  return Array.from({ length: usable.length === 0 ? 0 : count }, (_, index) => {
    const { scenario, clean } = pick(usable);
    const [write, answer] = [pick(clean.writes), pick(ANSWER_FAULTS)];
    const [event, other] = [pick(clean.events), pick(EVENT_FAULTS)];
    return {
      id: `${scenario.name}/pair-${seed}-${index + 1}/${answer.name}-${write.label}+${other.name}-${event.label}`,
      scenario,
      // a dropped event is found by a full list only
      flags: singleReplica(scenario, ...RELISTING),
      replicas: 1,
      seconds: 13,
      silenceMs: 3_000,
      boundMs: 40_000,
      faultStays: false,
      carryOut: both(write, answer.fault, event, other.fault),
      gates: true,
      meets: undefined,
    };
  });
}

/** A small generator with a good spread; Tommy Ettinger's mulberry32, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
