/**
 * Owns: the benchmark `materialize`: how fast, how silent and how large the operator is with 100 to 4,000 scopes on
 * a real API server, and with up to 50,000 without one.
 * Called by: scripts/bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Bench, BenchUsage, countsFrom, progress } from '../bench-module.ts';
import { collectedHeapMb } from '../collected-heap.ts';
import { type Figure, FigureGroup, figuresTable } from '../figures.ts';
import { processUsage } from '../process-usage.ts';
import { BenchCluster } from './bench-cluster.ts';
import { runInMemory } from './memory-run.ts';
import { type Footprint, runOnRealServer } from './real-run.ts';

const REAL = '100,1000,4000';
const IN_MEMORY = '10000,50000';

export const materialize: Bench = async (flags, started) => {
  const { inMemory, scopes } = choose(flags);
  return inMemory ? runInMemory(scopes, started) : onRealServers(scopes, started);
};

function choose(flags: readonly string[]): { readonly inMemory: boolean; readonly scopes: number[] } {
  try {
    const { values } = parseArgs({
      args: [...flags],
      options: { 'in-memory': { type: 'boolean' }, scopes: { type: 'string' } },
    });
    const inMemory = values['in-memory'] === true;
    return { inMemory, scopes: countsFrom('--scopes', values.scopes ?? (inMemory ? IN_MEMORY : REAL)) };
  } catch (error) {
    if (error instanceof TypeError) throw new BenchUsage(error.message);
    throw error;
  }
}

/** Each size has a cluster of its own: what one leaves behind must not slow the next. */
async function onRealServers(sizes: readonly number[], started: AsyncDisposableStack): Promise<Figure[]> {
  const figures: Figure[] = [];
  const footprints: Footprint[] = [];
  for (const scopes of sizes) {
    progress(`${scopes} scopes: starting etcd, kube-apiserver and kube-controller-manager`);
    const cluster = await BenchCluster.start(`bench-${scopes}`);
    // also when interrupted; a second stop finds nothing left to do
    started.defer(() => cluster.stop());
    if (footprints.length === 0) footprints.push(await emptyFootprint(cluster));
    const run = await runOnRealServer(cluster, scopes);
    await cluster.stop();
    // the next size may take a quarter of an hour
    progress(figuresTable('so far', run.figures.figures));
    figures.push(...run.figures.figures);
    footprints.push(run.footprint);
  }
  return [...figures, ...growth(footprints)];
}

/** What an operator with nothing to do takes. */
async function emptyFootprint(cluster: BenchCluster): Promise<Footprint> {
  progress('starting the operator in an empty cluster');
  const operator = await cluster.startOperator();
  await operator.untilLeading();
  await pause(5_000);
  const usage = await processUsage(operator.pid);
  const heapMb = await collectedHeapMb(operator);
  await cluster.endOperator(operator);
  return { ...usage, scopes: 0, heapMb };
}

function growth(footprints: readonly Footprint[]): Figure[] {
  const figures = new FigureGroup('growth');
  const [empty] = footprints;
  if (empty) {
    figures.add('resident memory without a scope', empty.residentMb, 'MB');
    figures.add('heap in use without a scope', empty.heapMb, 'MB');
    figures.add('open sockets without a scope', empty.sockets, '');
  }
  for (const [index, to] of footprints.entries()) {
    const from = footprints[index - 1];
    if (!from) continue;
    const more = to.scopes - from.scopes;
    const span = `from ${from.scopes.toLocaleString('en')} to ${to.scopes.toLocaleString('en')} scopes`;
    figures.add(
      `resident memory per scope, ${span}`,
      ((to.residentMb - from.residentMb) * 1024) / more,
      'kB',
    );
    figures.add(`heap per scope, ${span}`, ((to.heapMb - from.heapMb) * 1024) / more, 'kB');
    figures.add(`sockets per scope, ${span}`, (to.sockets - from.sockets) / more, '');
  }
  return figures.figures;
}
