/**
 * Owns: what the clouds' libraries cost in memory: real processes, one for each figure.
 * Called by: fetch-bench.ts.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Figure, FigureGroup } from '../figures.ts';

const CHILD = join(import.meta.dirname, 'loaded-size.ts');
const run = promisify(execFile);

const LOADED: readonly (readonly [what: string, ...names: string[]])[] = [
  ['node alone'],
  ["the operator's modules loaded", 'operator'],
  ['– and one call with the SDK of AWS', 'operator', 'aws'],
  ['– and one call with the SDK of Google', 'operator', 'gcp'],
  ['– and one call with the SDK of Azure', 'operator', 'azure'],
  ['– and one call with each of the three', 'operator', 'aws', 'gcp', 'azure'],
];

export async function sdkSizes(signal: AbortSignal): Promise<readonly Figure[]> {
  const figures = new FigureGroup('real processes: resident memory after a collection');
  for (const [what, ...names] of LOADED) {
    const { stdout } = await run(process.execPath, ['--expose-gc', CHILD, ...names], { signal });
    figures.add(what, Number(stdout), 'MB');
  }
  return figures.figures;
}
