/**
 * Owns: the sizes without an API server, each in a process of its own, since memory is what is measured.
 * Called by: materialize-bench.ts.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { progress } from '../bench-module.ts';
import { type Aim, type Figure, FigureGroup, figuresTable } from '../figures.ts';
import type { MemoryFootprint } from './memory-operator.ts';

const CHILD = join(import.meta.dirname, 'memory-operator.ts');
const RESIDENT_AIMS: Readonly<Record<number, Aim>> = { 10000: { atMost: 180 }, 50000: { atMost: 400 } };
const run = promisify(execFile);

export async function runInMemory(
  sizes: readonly number[],
  started: AsyncDisposableStack,
): Promise<Figure[]> {
  const ending = new AbortController();
  started.defer(() => ending.abort());
  progress('one scope, for the size of the program itself');
  const one = await footprint(1, ending.signal);
  const figures = new FigureGroup('in memory, 1 scope');
  figures
    .add('resident memory', one.residentMb, 'MB')
    .add('heap in use after a collection', one.heapMb, 'MB');
  const groups = [figures];
  for (const scopes of sizes) {
    progress(`${scopes} scopes`);
    const group = figuresOf(await footprint(scopes, ending.signal), one);
    progress(figuresTable('so far', group.figures));
    groups.push(group);
  }
  return groups.flatMap((group) => group.figures);
}

function figuresOf(measured: MemoryFootprint, one: MemoryFootprint): FigureGroup {
  const { scopes, residentMb, peakMb, heapMb, cpuSeconds, seconds } = measured;
  const figures = new FigureGroup(`in memory, ${scopes.toLocaleString('en')} scopes`);
  figures.add('resident memory', residentMb, 'MB', RESIDENT_AIMS[scopes]);
  figures.add('most resident memory', peakMb, 'MB');
  figures.add('heap in use after a collection', heapMb, 'MB');
  figures.add('heap per scope', ((heapMb - one.heapMb) * 1024) / (scopes - 1), 'kB');
  figures.add('time until all are materialized', seconds, 's');
  figures.add('CPU until then', cpuSeconds, 's');
  figures.add('CPU per scope', ((cpuSeconds - one.cpuSeconds) * 1000) / (scopes - 1), 'ms');
  return figures;
}

async function footprint(scopes: number, signal: AbortSignal): Promise<MemoryFootprint> {
  // beyond what one process would be given: the figure is to be seen, not an end for lack of memory
  const args = ['--expose-gc', '--max-old-space-size=8192', CHILD, String(scopes)];
  const { stdout } = await run(process.execPath, args, { signal, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as MemoryFootprint;
}
