/**
 * Owns: how long the bundled program takes to answer, beside Node with nothing to do. `explain` reads a Repository and
 * its Organization from an API server on loopback, which answers at once. Called by: scripts/bench.ts.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { FewObjects } from '../../../src/cli/cli-fixture.ts';
import { type Bench, countsFrom, progress } from '../bench-module.ts';
import { FigureGroup, quantile } from '../figures.ts';
import { explainable } from './explainable.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');

export const startup: Bench = async (flags, started) => {
  const { values } = parseArgs({ args: [...flags], options: { runs: { type: 'string', default: '20' } } });
  const [runs = 20] = countsFrom('--runs', values.runs);
  const folder = await mkdtemp(join(tmpdir(), 'secretscope-startup-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  progress('bundling');
  await run(process.execPath, [join(ROOT, 'scripts', 'bundle.ts'), '--out', folder]);
  const cluster = started.use(await FewObjects.start());
  for (const [path, object] of explainable()) cluster.objects.set(path, object);
  const program = join(folder, 'bin', 'secretscope');
  const commands: Record<string, string[]> = {
    node: ['-e', '0'],
    help: [program, '--help'],
    verbHelp: [program, 'explain', '--help'],
    explain: [program, 'explain', 'team/web', '--kubeconfig', cluster.kubeconfig],
  };
  progress(`${runs} runs of each`);
  const times = await interleaved(commands, runs);
  const median = (name: string) => quantile(times.get(name) ?? [], 0.5);
  const beside = (name: string) => median(name) - median('node');
  return new FigureGroup('beside Node')
    .add('secretscope --help, median', beside('help'), 'ms', { atMost: 80 })
    .add('secretscope explain --help, median', beside('verbHelp'), 'ms')
    .add('secretscope explain, median', beside('explain'), 'ms', { atMost: 400 })
    .add('Node itself, median', median('node'), 'ms').figures;
};

/** One after the other in turns, so that whatever else the machine does is in all of them. */
async function interleaved(
  commands: Readonly<Record<string, readonly string[]>>,
  runs: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  // the first of each finds the files not in memory
  for (let turn = -1; turn < runs; turn++) {
    for (const [name, args] of Object.entries(commands)) {
      const begun = performance.now();
      await run(process.execPath, [...args]);
      if (turn >= 0) times.set(name, [...(times.get(name) ?? []), performance.now() - begun]);
    }
  }
  return times;
}
