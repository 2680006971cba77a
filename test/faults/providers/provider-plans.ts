/**
 * Owns: plans in which a cloud fails while a value changes there: nothing is blanked, deleted or set back, nobody is asked
 * without end, and when the cloud is well the new value arrives and then nothing is written. Used by: run-faults.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { StandIn } from '../../peers/stand-in.ts';
import { TEAM } from '../../scenarios-support/cloud-things.ts';
import { secretThing, until } from '../../scenarios-support/operated-cluster.ts';
import type { Thing } from '../../scenarios-support/person.ts';
import type { CleanRun } from '../clean-run.ts';
import type { FaultScenario, TargetData } from '../fault-scenario.ts';
import { gather } from '../gather-evidence.ts';
import { boundedRetries } from '../oracles/bounded-retries.ts';
import { guardedWrites } from '../oracles/guarded-writes.ts';
import { lawfulWrites } from '../oracles/lawful-writes.ts';
import { noLeaks } from '../oracles/no-leaks.ts';
import type { Oracle } from '../oracles/oracle.ts';
import { silence } from '../oracles/silence.ts';
import { PROVIDER_FAULTS } from './provider-faults.ts';
import type { ProviderWorld } from './provider-world.ts';

export interface ProviderPlan {
  /** `provider-aws/throttle/value-changes` */
  readonly id: string;
  readonly gates: boolean;
  readonly cloud: StandIn['cloud'];
  readonly fault: string;
}

const CLOUDS = ['aws', 'gcp', 'azure'] as const;
export const PROVIDER_PLANS: readonly ProviderPlan[] = CLOUDS.flatMap((cloud) =>
  Object.keys(PROVIDER_FAULTS).map((fault) => ({
    id: `provider-${cloud}/${fault}/value-changes`,
    gates: true,
    cloud,
    fault,
  })),
);

const HELD_MS = 2_000;
// a call that hangs is given up after some seconds and tried three times, and then there is a back-off
const BOUND_MS = 60_000;
const LOOK_MS = 5_000;
const SILENCE_MS = 1_500;

const ORACLES: Readonly<Record<string, Oracle>> = {
  'lawful writes': lawfulWrites,
  'guarded writes': guardedWrites,
  'bounded retries': boundedRetries,
  silence,
  'no leaks': noLeaks,
};

/** One line for each violation. */
export async function runProviderPlan(plan: ProviderPlan, world: ProviderWorld): Promise<string[]> {
  const { cloud } = world.fronted;
  const name = plan.fault;
  const keys = { SPOILT: world.key(`${name}-one`), OTHER: world.key(`${name}-two`) };
  const value = (which: string) => `canary-${plan.cloud}-${name}-${which}`;
  const before = { SPOILT: value('spoilt-before'), OTHER: value('other-before') };
  const after = { SPOILT: value('spoilt-after'), OTHER: value('other-after') };
  const scope = world.scopeThing(name, { SPOILT: { key: keys.SPOILT }, OTHER: { key: keys.OTHER } });
  const scenario = scenarioOf(plan, scope, before, after);
  cloud.store(keys.SPOILT, before.SPOILT);
  cloud.store(keys.OTHER, before.OTHER);
  try {
    await world.stage.lane.hands.have(scope);
    await untilDelivered(world, scope, before);
    await world.stage.begin();
    const end = PROVIDER_FAULTS[plan.fault]?.(world.fronted, keys.SPOILT);
    cloud.store(keys.SPOILT, after.SPOILT);
    cloud.store(keys.OTHER, after.OTHER);
    await pause(HELD_MS);
    end?.();
    world.stage.times.faultsEnded = performance.now();
    await untilDelivered(world, scope, after);
  } catch (error) {
    return [`convergence: ${error instanceof Error ? error.message : String(error)}`];
  }
  world.stage.times.settled = performance.now();
  await pause(SILENCE_MS);
  return judge(world, scenario);
}

async function judge({ stage }: ProviderWorld, scenario: FaultScenario): Promise<string[]> {
  const delayed = await stage.delayed();
  const nothing = { targets: {}, requests: [], sealed: [], lines: [] };
  const clean: CleanRun = {
    before: nothing,
    after: nothing,
    writes: [],
    events: [],
    counts: new Map(),
    delayed,
  };
  const evidence = { ...(await gather(stage, clean, 0)), scenario };
  return Object.entries(ORACLES).flatMap(([oracle, violations]) =>
    violations(evidence).map((violation) => `${oracle}: ${violation}`),
  );
}

/** The Secret is exactly that, the scope says so, and nothing is under way. */
async function untilDelivered(
  world: ProviderWorld,
  scope: Thing,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const { stage } = world;
  let lookAt = performance.now() + LOOK_MS;
  const since = performance.now();
  await until(
    async () => {
      if (performance.now() > lookAt) {
        lookAt += LOOK_MS;
        await world.look(scope);
      }
      await stage.requireIdle(since);
      const secret = await stage.lane.cluster.secret(TEAM, scope.metadata.name);
      const { conditions = [] } = await stage.lane.cluster.status(TEAM, scope.metadata.name);
      const ready = conditions.find(({ type }) => type === 'Ready');
      if (!isDeepStrictEqual(secret?.data, data) || ready?.reason !== 'Materialized')
        throw new Error(`the Secret has ${JSON.stringify(secret?.data)}; ${JSON.stringify(conditions)}`);
      // what is said of a Secret is written after it
      await stage.requireIdle(since);
    },
    { timeout: BOUND_MS, interval: 150 },
  );
}

function scenarioOf(
  { cloud, fault }: ProviderPlan,
  scope: Thing,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): FaultScenario {
  const target = (data: Readonly<Record<string, string>>): TargetData => ({ [`${TEAM}/${fault}`]: data });
  return {
    name: `provider-${cloud}`,
    what: 'two values change at a cloud that fails',
    objects: [scope, secretThing(TEAM, fault)],
    before: target(before),
    act: async () => undefined,
    after: target(after),
  };
}
