/** Owns: running the plans of clouds, some of one cloud after another in one world. Used by: run-faults.ts. */
import type { Job } from '../in-lanes.ts';
import type { Lane } from '../lane.ts';
import { PlanDump } from '../plan-dump.ts';
import { type ProviderPlan, runProviderPlan } from './provider-plans.ts';
import { ProviderWorld } from './provider-world.ts';

/** All of a cloud in one job. `failed` gets every one that has to be tried again. */
export function providerJobs(
  plans: readonly ProviderPlan[],
  failed: (plan: ProviderPlan) => void,
  say: (line: string) => void,
): Job[] {
  const byCloud = [...Map.groupBy(plans, ({ cloud }) => cloud).values()];
  return byCloud.map((batch) => (lane) => judgeBatch(lane, batch, failed, say));
}

/** Each alone, in a world of its own: nothing that went before is to blame then. */
export function providersAlone(
  plans: readonly ProviderPlan[],
  failed: (plan: ProviderPlan) => void,
  say: (line: string) => void,
): Job[] {
  return plans.map((plan) => (lane) => judgeBatch(lane, [plan], failed, say));
}

const dump = new PlanDump();

async function judgeBatch(
  lane: Lane,
  batch: readonly ProviderPlan[],
  failed: (plan: ProviderPlan) => void,
  say: (line: string) => void,
): Promise<void> {
  const [first] = batch;
  if (!first) return;
  const world = await ProviderWorld.open(lane, first.cloud);
  try {
    for (const plan of batch) {
      const started = performance.now();
      const found = await runProviderPlan(plan, world);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`${found.length === 0 ? '✓' : '✗'} ${plan.id} (${seconds} s)`);
      for (const violation of found) say(`    ${violation.replaceAll('\n', '\n    ')}`);
      if (found.length === 0) continue;
      say(`    what happened: ${await dump.write(plan.id, lane)}`);
      failed(plan);
    }
  } finally {
    await world.close();
  }
}
