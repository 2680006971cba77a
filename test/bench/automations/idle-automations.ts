/**
 * Owns: what an operator with many automations costs and does while nothing happens, and when it rests.
 * Called by: automation-bench.ts, queue-runs.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { OPERATOR, writesOf } from '../../scenarios-support/requests.ts';
import { until } from '../../scenarios-support/until.ts';
import { progress } from '../bench-module.ts';
import { collectedHeapMb } from '../collected-heap.ts';
import type { FigureGroup } from '../figures.ts';
import { untilQuiet } from '../materialize/operator-state.ts';
import { metricSum } from '../metrics-text.ts';
import { cpuSeconds, processUsage } from '../process-usage.ts';
import type { AutomationsAtWork } from './automations-at-work.ts';

export const LONG_MS = 900_000;
// statuses and Events are written after what matters
const REST_MS = 5_000;

export interface Footprint {
  readonly residentMb: number;
  readonly heapMb: number;
}

/** Everything is delivered by one operator; then another one, which was just started and looks at everything once. */
export async function restFootprint(
  world: AutomationsAtWork,
  meanwhile: (operator: OperatorProcess) => Promise<void>,
): Promise<Footprint> {
  const first = await world.startOperator();
  await untilQuiet(first, LONG_MS);
  await world.cluster.endOperator(first);
  progress('a new operator looks at all of them');
  const operator = await world.startOperator();
  await untilQuiet(operator, LONG_MS);
  await pause(REST_MS);
  const { residentMb } = await processUsage(operator.pid);
  await meanwhile(operator);
  const heapMb = await collectedHeapMb(operator);
  await world.cluster.endOperator(operator);
  return { residentMb, heapMb };
}

export async function idleMinute(
  world: AutomationsAtWork,
  { pid }: OperatorProcess,
  seconds: number,
  figures: FigureGroup,
): Promise<void> {
  progress(`${seconds} s of rest`);
  await world.cluster.audit.skip();
  await world.receiver.take();
  const before = await cpuSeconds(pid);
  await pause(seconds * 1000);
  const cpu = (await cpuSeconds(pid)) - before;
  const entries = (await world.cluster.audit.read()).filter(
    ({ user, resource, verb }) => user === OPERATOR && resource !== 'leases' && verb !== 'watch',
  );
  const sent = await world.receiver.take();
  figures.add(`requests to the API server in ${seconds} idle s`, entries.length, '');
  figures.add('– of them writes', writesOf(entries).length, '', { exactly: 0 });
  figures.add('– webhooks sent', sent.length, '', { exactly: 0 });
  figures.add('– CPU of the operator', (cpu * 1000) / seconds, 'ms/s');
}

/** Nothing waits to be sent, and nobody works. */
export async function untilAllSent(operator: OperatorProcess): Promise<void> {
  await until(
    async () => {
      const waiting = metricSum(await operator.metrics(), 'secretscope_webhook_waiting');
      if (waiting > 0) throw new Error(`${waiting} deliveries wait`);
    },
    { timeout: LONG_MS, interval: 500 },
  );
  await untilQuiet(operator, LONG_MS);
}
