/** Owns: running commands one after the other, each with its time and its outcome. Used by: check.ts and test.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** What to do when it fails. */
  readonly help: string;
  /** A file that the command writes when its work is done. It is ended if it goes on for a minute after that. */
  readonly lastFile?: string;
}

export interface StepResult {
  readonly step: Step;
  readonly ok: boolean;
  /** it had done its work, and had to be ended */
  readonly wasOverdue: boolean;
  readonly seconds: number;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const LOOK_MS = 1_000;
const OVERDUE_MS = 60_000;

/** Runs one command; its output is shown as it comes when `live`, otherwise only when it fails. */
export async function runStep(step: Step, live: boolean, overdueMs = OVERDUE_MS): Promise<StepResult> {
  const started = performance.now();
  const [program = '', ...args] = step.command;
  const child = spawn(program, args, { stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const watched = step.lastFile === undefined ? undefined : endOverdue(child, step.lastFile, overdueMs);
  const { code, signal } = await new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => watched?.stop());
  // it may have ended by itself a moment before
  const wasOverdue = signal === 'SIGKILL' && (watched?.wasOverdue() ?? false);
  const result = { step, ok: code === 0, wasOverdue, seconds: (performance.now() - started) / 1000 };
  const mark = wasOverdue ? '!' : result.ok ? '✓' : '✗';
  console.log(`${mark} ${step.name} (${result.seconds.toFixed(1)} s)`);
  if (!result.ok && !wasOverdue) console.log(`${live ? '' : output}\n  ${step.name} failed: ${step.help}`);
  return result;
}

/**
 * Node may wait for ever when it ends, for a thread that waits for it: https://github.com/nodejs/node/issues/54918. Then
 * whoever waits for the process would, long after everything was said.
 */
function endOverdue(child: ChildProcess, lastFile: string, overdueMs: number) {
  let writtenAt: number | undefined;
  let wasOverdue = false;
  const timer = setInterval(() => {
    if (existsSync(lastFile)) writtenAt ??= performance.now();
    if (wasOverdue || writtenAt === undefined || performance.now() - writtenAt < overdueMs) return;
    wasOverdue = true;
    console.log(
      `process ${child.pid} goes on though its work is done, and is ended; what it wrote counts: ${child.spawnargs.join(' ')}`,
    );
    child.kill('SIGKILL');
  }, LOOK_MS);
  return { stop: () => clearInterval(timer), wasOverdue: () => wasOverdue };
}
