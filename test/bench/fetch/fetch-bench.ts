/**
 * Owns: the benchmark `fetch`: what the clouds are asked, how often, and what that costs. Time and providers are
 * simulated; the fetcher, the work queue and its workers are the operator's own.
 * Called by: scripts/bench.ts.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type Bench, BenchUsage, countsFrom, progress } from '../bench-module.ts';
import type { Figure } from '../figures.ts';
import { CLOUDS, type CloudName } from './cloud-profiles.ts';
import { sdkSizes } from './sdk-sizes.ts';

const CHILD = join(import.meta.dirname, 'cloud-child.ts');
const SCOPES = '2000';
// as many as there are cores where the figures of docs/reference/benchmarks.md come from
const AT_ONCE = 2;
const SIMULATED = `simulated: time, the providers (50 ms a request, their quotas), and writing to Kubernetes, which takes no time;
        computing takes none either. Real: fetcher, work queue, workers, and the capabilities of each backend.
        The resident memory at the end is that of real processes.`;
const run = promisify(execFile);

type Part = (signal: AbortSignal) => Promise<readonly Figure[]>;

export const fetch: Bench = async (flags, started) => {
  const { clouds, scopes } = choose(flags);
  const ending = new AbortController();
  started.defer(() => ending.abort());
  progress(SIMULATED);
  const parts: Part[] = [...clouds.map((cloud) => cloudPart(cloud, scopes)), sdkSizes];
  return (await someAtATime(parts, ending.signal)).flat();
};

function choose(flags: readonly string[]): {
  readonly clouds: readonly CloudName[];
  readonly scopes: number;
} {
  try {
    const { values } = parseArgs({
      args: [...flags],
      options: { cloud: { type: 'string', default: 'all' }, scopes: { type: 'string', default: SCOPES } },
    });
    const clouds = values.cloud === 'all' ? CLOUDS : CLOUDS.filter((cloud) => cloud === values.cloud);
    if (clouds.length === 0)
      throw new BenchUsage(`--cloud takes all, ${CLOUDS.join(', ')}; got "${values.cloud}"`);
    const [scopes = 0, ...others] = countsFrom('--scopes', values.scopes);
    if (others.length > 0) throw new BenchUsage('--scopes takes one number here');
    return { clouds, scopes };
  } catch (error) {
    if (error instanceof TypeError) throw new BenchUsage(error.message);
    throw error;
  }
}

/** A process for each cloud, so that two are simulated at once. */
function cloudPart(cloud: CloudName, scopes: number): Part {
  return async (signal) => {
    const child = run(process.execPath, [CHILD, cloud, String(scopes)], { signal, maxBuffer: 2 ** 24 });
    child.child.stderr?.pipe(process.stderr);
    return JSON.parse((await child).stdout) as Figure[];
  };
}

/** Results in the order of the parts. The last ones take longest, so they begin. */
async function someAtATime(parts: readonly Part[], signal: AbortSignal): Promise<(readonly Figure[])[]> {
  const results: (readonly Figure[])[] = [];
  const waiting = [...parts.entries()].reverse().values();
  const lane = async () => {
    for (const [index, part] of waiting) results[index] = await part(signal);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}
