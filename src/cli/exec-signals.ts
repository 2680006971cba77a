/** Owns: signals that are passed on to a command. Used by: exec-run.ts. */
import { readFileSync } from 'node:fs';

const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
export type PassedSignal = (typeof PASSED)[number];

/** Those that a terminal sends to everybody in the foreground. */
export const OF_TERMINAL: ReadonlySet<PassedSignal> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

/** The answer stops it. */
export function passSignals(pass: (signal: PassedSignal) => void): () => void {
  const listeners = PASSED.map((signal) => [signal, () => pass(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => listeners.forEach(([signal, listener]) => void process.off(signal, listener));
}

/**
 * Whether a terminal's Ctrl-C reaches this process, and with it the command, which is of the same group. A signal tells
 * nothing of its sender, so whoever is in the foreground passes none on that may come from the keyboard.
 */
export function isInForeground(): boolean {
  let stat: string;
  try {
    stat = readFileSync('/proc/self/stat', 'latin1');
  } catch {
    // not Linux: where there is a terminal, its user most likely has us in the foreground
    return process.stdin.isTTY === true || process.stdout.isTTY === true || process.stderr.isTTY === true;
  }
  // the name of the program may hold blanks and brackets
  const [, , group, , , foreground] = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  return group !== undefined && group === foreground;
}
