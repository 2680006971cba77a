/** Owns: `secretscope` as a process of its own that is listened to while it runs. Used by: scenarios of its verbs. */
import { spawn } from 'node:child_process';
import { MAIN } from './operator-process.ts';

export interface CliProcess {
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** What it has said on stderr so far. */
  heard(): string;
  interrupt(signal?: NodeJS.Signals): void;
}

export function startCli(...args: readonly string[]): CliProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  return {
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
    }),
    heard: () => err,
    interrupt: (signal = 'SIGINT') => void child.kill(signal),
  };
}
