import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface DemoOperator {
  /** Resolves with the work, or rejects when the operator ends before. */
  race<T>(work: Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Starts the operator from the sources, as a process of its own. Its warnings are shown, should there be any. */
export async function startOperator(kubeconfig: string, flags: readonly string[]): Promise<DemoOperator> {
  const address = ['--health-address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];
  const args = [
    'src/main.ts',
    'run',
    '--kubeconfig',
    kubeconfig,
    '--log-level',
    'warn',
    ...address,
    ...flags,
  ];
  // a process group of its own: Ctrl-C is for the demo, which then ends the operator in an orderly way
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the operator ended with code ${code}; its last lines are above`);
  });
  // whoever races sees the end; without a race it is expected
  ended.catch(() => undefined);
  return {
    race: (work) => Promise.race([work, ended]),
    stop: () => stopChild(child),
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
