/**
 * Owns: the operator from the sources, started again whenever one of them changes. Called by: dev.ts.
 * Must not: end with Ctrl-C by itself; whoever started it asks it to, so that it gives its Lease away.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { prettyLine } from './pretty-log.ts';

export interface WatchedOperator {
  /** Resolves when it has ended, the operator first. */
  stop(): Promise<void>;
}

export function watchOperator(
  kubeconfig: string,
  flags: readonly string[],
  colours: boolean,
): WatchedOperator {
  const own = ['--health-address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];
  const args = [
    '--watch',
    '--watch-preserve-output',
    'src/main.ts',
    'run',
    '--kubeconfig',
    kubeconfig,
    ...own,
  ];
  // a process group of its own: Ctrl-C reaches only us
  const child = spawn(process.execPath, [...args, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => console.log(prettyLine(line, colours)));
  return {
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
