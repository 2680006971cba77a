/**
 * Owns: the benchmark `scale`: the largest fleet that one operator carries within the limits of its container, and what
 * gives first. Fleets double until it ends, or takes longer than it may. Called by: scripts/bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { type Bench, BenchUsage, countsFrom, progress } from '../bench-module.ts';
import { type Figure, FigureGroup } from '../figures.ts';
import { BenchCluster } from '../materialize/bench-cluster.ts';
import { materializedScopes, untilQuiet } from '../materialize/operator-state.ts';
import { cpuSeconds, processUsage } from '../process-usage.ts';
import { confinement } from './confined.ts';

const DEFAULTS = {
  scopes: '125,250,500,1000,2000,4000',
  megabytes: '512',
  'patience-seconds': '300',
} as const;
const CORES = 0.5;
const ASK_AGAIN_MS = 500;
// what etcd stores at most without being told otherwise
const ETCD_QUOTA_MB = 2048;

interface Choice {
  readonly sizes: readonly number[];
  readonly megabytes: number;
  readonly patienceMs: number;
}

/** What ended a size that is too large; undefined: it was carried. */
type Gave = string | undefined;

export const scale: Bench = async (flags, started) => {
  const choice = choose(flags);
  const figures: Figure[] = [];
  let carried = 0;
  for (const size of choice.sizes) {
    const group = new FigureGroup(`${size.toLocaleString('en')} scopes`);
    const gave = await carry(size, choice, group, started);
    figures.push(...group.figures);
    progress(`${size} scopes: ${gave ?? 'carried'}`);
    if (gave !== undefined) break;
    carried = size;
  }
  const limits = `${choice.megabytes} MB and ${CORES} of a processor`;
  figures.push(
    ...new FigureGroup(limits).add('the largest fleet that was carried', carried, 'scopes').figures,
  );
  return figures;
};

function choose(flags: readonly string[]): Choice {
  try {
    const options = {
      scopes: { type: 'string', default: DEFAULTS.scopes },
      megabytes: { type: 'string', default: DEFAULTS.megabytes },
      'patience-seconds': { type: 'string', default: DEFAULTS['patience-seconds'] },
    } as const;
    const { values } = parseArgs({ args: [...flags], options });
    const [megabytes = 0] = countsFrom('--megabytes', values.megabytes);
    const [seconds = 0] = countsFrom('--patience-seconds', values['patience-seconds']);
    return { sizes: countsFrom('--scopes', values.scopes), megabytes, patienceMs: seconds * 1000 };
  } catch (error) {
    if (error instanceof TypeError) throw new BenchUsage(error.message);
    throw error;
  }
}

/** From a fleet that nobody has looked at to the last Secret, within the limits from the start on. */
async function carry(
  size: number,
  { megabytes, patienceMs }: Choice,
  figures: FigureGroup,
  started: AsyncDisposableStack,
): Promise<Gave> {
  const cluster = await BenchCluster.start(`scale-${size}`);
  started.defer(() => cluster.stop());
  await cluster.enrol(size);
  await cluster.createScopes(size);
  const begun = performance.now();
  const server = await cpuSeconds(cluster.apiServerPid);
  const confined = await confinement({ megabytes, cores: CORES });
  const operator = cluster.launchOperator(confined.under);
  try {
    const gave = await settled(operator, size, patienceMs);
    const seconds = (performance.now() - begun) / 1000;
    const throttled = await confined.throttledSeconds();
    figures.add('time until all are materialized', seconds, 's');
    figures.add('kept waiting for the processor by the limit', (100 * throttled) / seconds, '% of the time');
    const serverCpu = (await cpuSeconds(cluster.apiServerPid)) - server;
    figures.add('processors that the API server used', serverCpu / seconds, '');
    figures.add('etcd stores', await cluster.storedMb(), 'MB', { atMost: ETCD_QUOTA_MB });
    if (operator.ended) return `the operator gave way: it ended (${operator.output.slice(-300)})`;
    const { residentMb, peakMb } = await processUsage(operator.pid);
    figures.add('resident memory', residentMb, 'MB');
    figures.add('most resident memory', peakMb, 'MB', { atMost: megabytes });
    return gave === undefined ? undefined : `${gave}; ${whatIsScarce(throttled / seconds)}`;
  } finally {
    if (!operator.ended) await operator.kill();
    await confined.release();
    await cluster.stop();
  }
}

async function settled(operator: OperatorProcess, size: number, patienceMs: number): Promise<Gave> {
  const end = performance.now() + patienceMs;
  let [count, trouble] = [0, ''];
  while (count < size && performance.now() < end && !operator.ended) {
    try {
      await operator.untilReady(Math.max(1_000, end - performance.now()));
      await untilQuiet(operator, Math.max(1_000, end - performance.now()));
      count = await materializedScopes(operator);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // a process that has little of the processor may let a connection go; it is asked again
      trouble = `, lastly ${error.message.split('\n')[0]}`;
      await pause(ASK_AGAIN_MS);
    }
  }
  return count === size
    ? undefined
    : `${count} of ${size} were materialized in ${patienceMs / 1000} s${trouble}`;
}

// a process that waits for the API server is not held back by its own limit
const MOSTLY = 0.5;

function whatIsScarce(throttledShare: number): string {
  return throttledShare > MOSTLY ? 'its half a processor gave first' : 'the API server gave first';
}
