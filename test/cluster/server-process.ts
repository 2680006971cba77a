/**
 * Owns: one server as an operating system process: start, is it alive, end it, its last words.
 * Called by: control-plane.ts, cli.ts. Must not: know what the server does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMissing } from './cluster-dir.ts';
import { holdLeash } from './leash.ts';

export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  readonly dir: string;
  readonly logFile: string;
  /** deleted together with a server which had to be ended because its starter died */
  readonly scratch?: string;
}

export interface StartedServer {
  readonly pid: number;
  /** from now on the server survives the process which started it */
  release(): void;
}

const POLL_MS = 20;
const GRACE_MS = 10_000;
const TAIL_LINES = 20;
// a third of the processor time of coming up went into collecting: a heap may grow by this many percent first (100 if
// nobody says), and from so much memory on is collected as often as it takes, since several clusters run side by side
const COLLECTING = { GOGC: '400', GOMEMLIMIT: '600MiB' };
const HAS_PROC = existsSync('/proc/self/stat');

/**
 * The server dies with this process, however this process ends, unless released.
 * It has a process group of its own, so that Ctrl-C in a terminal reaches only the one who cleans up.
 */
export async function spawnServer(command: ServerCommand): Promise<StartedServer> {
  const log = await open(command.logFile, 'a', 0o600);
  try {
    const child = spawn(command.binary, command.args, {
      cwd: command.dir,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: process.env['PATH'], HOME: command.dir, ...COLLECTING },
    });
    // rejects with the system's reason if the binary cannot be run
    await once(child, 'spawn');
    const pid = child.pid;
    if (pid === undefined) throw new Error(`${command.binary} started without a process id`);
    const release = holdLeash(child, command.scratch);
    child.unref();
    return { pid, release };
  } finally {
    await log.close();
  }
}

/** The directory in the command line tells our server from a later process which got the same number. */
export function isServerAlive(pid: number, dir: string): boolean {
  return HAS_PROC ? (readProc(pid, 'cmdline') ?? '').includes(dir) : askPs(pid).includes(dir);
}

/** Returns once the process is gone; asks with the given signal first and insists after the grace period. */
export async function endServer(pid: number, dir: string, signal: NodeJS.Signals): Promise<void> {
  if (await goneAfter(pid, dir, signal)) return;
  if (await goneAfter(pid, dir, 'SIGKILL')) return;
  throw new Error(`process ${pid} is still there ${GRACE_MS / 1000} s after SIGKILL`);
}

export async function tail(logFile: string, lines = TAIL_LINES): Promise<string> {
  try {
    const text = await readFile(logFile, 'utf8');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  } catch (error) {
    if (isMissing(error)) return '(no log was written)';
    throw error;
  }
}

/**
 * A dying process loses its command line before its sockets, and its first thread before the others;
 * what is left when they are all gone may stay as a zombie if nobody collects it.
 */
function holdsResources(pid: number, dir: string): boolean {
  if (!HAS_PROC) return !/^(Z|$)/.test(askPs(pid));
  const commandLine = readProc(pid, 'cmdline') ?? '';
  // the number belongs to somebody else by now
  if (commandLine !== '' && !commandLine.includes(dir)) return false;
  // after the name in parentheses: state is the 1st field, the number of threads the 18th
  const fields = readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ') ?? ['Z', '0'];
  return fields[0] !== 'Z' || Number(fields[17] ?? 0) > 1;
}

function readProc(pid: number, file: 'cmdline' | 'stat'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isMissing(error) || isNoSuchProcess(error)) return undefined;
    throw error;
  }
}

function askPs(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

async function goneAfter(pid: number, dir: string, signal: NodeJS.Signals): Promise<boolean> {
  const deadline = Date.now() + GRACE_MS;
  if (isServerAlive(pid, dir)) sendSignal(pid, signal);
  while (holdsResources(pid, dir)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // it ended between the look and the signal, which is what was wanted
    if (!isNoSuchProcess(error)) throw error;
  }
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
