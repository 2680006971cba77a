/**
 * Owns: what the operating system says of a process: memory, CPU, sockets. Linux only.
 * Called by: benchmarks, for the operator and the servers around it.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface ProcessUsage {
  /** resident now, and the most it ever was */
  readonly residentMb: number;
  readonly peakMb: number;
  readonly sockets: number;
  readonly cpuSeconds: number;
}

const TICKS_PER_SECOND = 100;

export async function processUsage(pid: number): Promise<ProcessUsage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return {
    residentMb: kilobytes('VmRSS') / 1024,
    peakMb: kilobytes('VmHWM') / 1024,
    sockets: await socketsOf(pid),
    cpuSeconds: await cpuSeconds(pid),
  };
}

/** User and system time so far. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // after the name in parentheses: user time is the 12th field, system time the 13th
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function socketsOf(pid: number): Promise<number> {
  const names = await readdir(`/proc/${pid}/fd`);
  // a descriptor may be closed between the list and the look
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return targets.filter((target) => target.startsWith('socket:')).length;
}
