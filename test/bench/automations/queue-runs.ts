/**
 * Owns: full queues: what they cost while nobody listens, and how fast they are sent once somebody does.
 * Called by: automation-bench.ts.
 */
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { until } from '../../scenarios-support/until.ts';
import { progress } from '../bench-module.ts';
import { collectedHeapMb } from '../collected-heap.ts';
import type { FigureGroup } from '../figures.ts';
import { requireRunning } from '../materialize/operator-state.ts';
import { metricSum } from '../metrics-text.ts';
import { processUsage } from '../process-usage.ts';
import type { AutomationsAtWork } from './automations-at-work.ts';
import { addWrites, cpuOf } from './delivery-runs.ts';
import { type Footprint, LONG_MS, untilAllSent } from './idle-automations.ts';

const TRIED_MS = 20_000;
const LOOK_EVERY_MS = 250;

/** A new operator finds the queues and has tried each of them for a while. */
export async function queuedFootprint(
  world: AutomationsAtWork,
  each: number,
  rest: Footprint,
  figures: FigureGroup,
): Promise<void> {
  await world.fillQueues(each);
  await world.receiver.down();
  progress('nobody listens');
  const operator = await world.startOperator();
  const attempts = async () =>
    metricSum(await operator.metrics(), 'secretscope_webhook_attempt_seconds_count');
  await until(
    async () => {
      const count = await attempts();
      if (count < world.places.length) throw new Error(`${count} attempts`);
    },
    { timeout: LONG_MS, interval: 500 },
  );
  await world.cluster.audit.skip();
  const before = await attempts();
  await pause(TRIED_MS);
  const tried = (await attempts()) - before;
  figures.add('nobody listens: attempts a second', (tried * 1000) / TRIED_MS, '1/s');
  addWrites(figures, await world.cluster.audit.read(), tried);
  const { residentMb, peakMb } = await processUsage(operator.pid);
  figures.add('resident memory', residentMb, 'MB');
  figures.add('– the most so far', peakMb, 'MB');
  figures.add('– without a delivery, nothing to do', rest.residentMb, 'MB');
  const heapMb = await collectedHeapMb(operator);
  figures.add('heap in use after a collection', heapMb, 'MB');
  figures.add('– without a delivery', rest.heapMb, 'MB');
  const total = each * world.places.length;
  figures.add('heap for each delivery', ((heapMb - rest.heapMb) * 1024) / total, 'kB');
  await world.cluster.endOperator(operator);
}

/** From the first arrival to the last; budgets of namespaces hold here as well. */
export async function drained(world: AutomationsAtWork, each: number, figures: FigureGroup): Promise<void> {
  await world.fillQueues(each);
  await world.receiver.up();
  await world.receiver.take();
  await world.cluster.audit.skip();
  progress('somebody listens');
  const total = each * world.places.length;
  const operator = await world.startOperator();
  const before = await cpuOf(world, operator);
  const { times, arrivals } = await arrived(world, operator, total);
  const after = await cpuOf(world, operator);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  figures.add(`somebody listens: ${total.toLocaleString('en')} deliveries, a second`, total / seconds, '1/s');
  figures.add('CPU of the operator for each', ((after.operator - before.operator) * 1000) / total, 'ms');
  figures.add('CPU of the API server for each', ((after.api - before.api) * 1000) / total, 'ms');
  await untilAllSent(operator);
  figures.add('arrivals for each', (arrivals + (await world.receiver.take()).length) / total, '');
  addWrites(figures, await world.cluster.audit.read(), total);
  figures.add('load of the machine, of the last minute', loadavg()[0] ?? 0, '');
  await world.cluster.endOperator(operator);
}

/** When each delivery arrived for the first time, and how often anything did. */
async function arrived(
  world: AutomationsAtWork,
  operator: OperatorProcess,
  total: number,
): Promise<{ readonly times: readonly number[]; readonly arrivals: number }> {
  const first = new Map<string, number>();
  const end = performance.now() + LONG_MS;
  for (let arrivals = 0; performance.now() < end; await pause(LOOK_EVERY_MS)) {
    requireRunning(operator);
    const news = await world.receiver.take();
    arrivals += news.length;
    for (const { delivery, at } of news) if (!first.has(delivery)) first.set(delivery, at);
    if (first.size >= total) return { times: [...first.values()], arrivals };
  }
  throw new Error(`${first.size} of ${total} deliveries arrived`);
}
