/**
 * Owns: holding a process to so much memory and so much of a processor, as a container's limits do.
 * Called by: the benchmark of scale. Needs a cgroup that may be written, which is root's as a rule.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchUsage } from '../bench-module.ts';

const ROOT = '/sys/fs/cgroup';
const NAME = 'secretscope-scale';
const PERIOD_US = 100_000;

export interface Limits {
  readonly megabytes: number;
  /** of one processor: 0.5 is half of it */
  readonly cores: number;
}

export interface Confinement {
  /** a command that enters it and then becomes what it is given as arguments, which so knows its limits from the start */
  readonly under: readonly string[];
  /** for how long it was kept waiting for the processor because of the limit, seconds */
  throttledSeconds(): Promise<number>;
  release(): Promise<void>;
}

/** Made, with nothing in it yet. Throws BenchUsage where no cgroup may be written. */
export async function confinement(limits: Limits): Promise<Confinement> {
  const isSecond = existsSync(join(ROOT, 'cgroup.controllers'));
  const folders = isSecond ? [join(ROOT, NAME)] : [join(ROOT, 'cpu', NAME), join(ROOT, 'memory', NAME)];
  const [cpu = '', memory = cpu] = folders;
  const quota = Math.round(limits.cores * PERIOD_US);
  const bytes = limits.megabytes * 2 ** 20;
  const files: [string, string | number][] = isSecond
    ? [
        [join(cpu, 'cpu.max'), `${quota} ${PERIOD_US}`],
        [join(cpu, 'memory.max'), bytes],
      ]
    : [
        [join(cpu, 'cpu.cfs_period_us'), PERIOD_US],
        [join(cpu, 'cpu.cfs_quota_us'), quota],
        [join(memory, 'memory.limit_in_bytes'), bytes],
      ];
  try {
    for (const folder of folders) await mkdir(folder, { recursive: true });
    for (const [file, value] of files) await writeFile(file, String(value));
  } catch (cause) {
    throw new BenchUsage(
      `a process cannot be held to ${limits.megabytes} MB and ${limits.cores} cores here: run this as root, on Linux (${cause})`,
    );
  }
  const enter = folders.map((folder) => `echo $$ > '${join(folder, 'cgroup.procs')}' && `).join('');
  return {
    under: ['/bin/sh', '-c', `${enter}exec "$@"`, 'sh'],
    throttledSeconds: async () => throttled(await readFile(join(cpu, 'cpu.stat'), 'utf8')),
    release: async () => {
      // a folder with a process in it cannot be removed: the process has ended by then
      for (const folder of folders) await rmdir(folder);
    },
  };
}

/** Nanoseconds in the first version, microseconds in the second. */
function throttled(text: string): number {
  const first = /^throttled_time (\d+)$/m.exec(text)?.[1];
  const second = /^throttled_usec (\d+)$/m.exec(text)?.[1];
  return first === undefined ? Number(second ?? 0) / 1e6 : Number(first) / 1e9;
}
