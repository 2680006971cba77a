/** Owns: signals that are passed on to a command. Used by: exec-run.ts. */
import { readFileSync } from 'node:fs';

const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
export type PassedSignal = (typeof PASSED)[number];

/** Those that a terminal sends to everybody in the foreground. */
export const OF_TERMINAL: ReadonlySet<PassedSignal> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

const LEAVING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and a program that started this one often send the same signal; no person asks twice as quickly. */
const ECHO_MS = 1_000;

/** Calls `leave` at the first signal; one that comes later than its echo ends this process. The answer stops listening. */
export function onceLeaving(leave: () => void): () => void {
  let asked: number | undefined;
  const stop = () => LEAVING.forEach((signal) => void process.off(signal, listener));
  const listener = (signal: NodeJS.Signals) => {
    if (asked !== undefined && performance.now() - asked < ECHO_MS) return;
    if (asked === undefined) {
      asked = performance.now();
      leave();
      return;
    }
    stop();
    process.kill(process.pid, signal);
  };
  for (const signal of LEAVING) process.on(signal, listener);
  return stop;
}

export type PassSignal = (signal: PassedSignal, wasEarly: boolean) => void;

/** Keeps signals from ending this process, and those that come before there is a command for when there is one. */
export class SignalRelay implements Disposable {
  readonly #early: PassedSignal[] = [];
  #pass: PassSignal | undefined;

  constructor() {
    for (const signal of PASSED) process.on(signal, this.#onSignal);
  }

  passTo(pass: PassSignal): void {
    this.#pass = pass;
    for (const signal of this.#early.splice(0)) pass(signal, true);
  }

  readonly #onSignal = (name: NodeJS.Signals) => {
    const signal = name as PassedSignal;
    if (this.#pass) this.#pass(signal, false);
    else this.#early.push(signal);
  };

  [Symbol.dispose](): void {
    for (const signal of PASSED) process.off(signal, this.#onSignal);
  }
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
