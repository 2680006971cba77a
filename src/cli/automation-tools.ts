/** Owns: what the automation verbs use of a person, of files and of time. Used by: automation-verb.ts and the verbs. */
import { randomUUID } from 'node:crypto';
import { REAL as SECRET_REAL, type SecretSurroundings } from './secret-tools.ts';
import type { Terminal } from './terminal.ts';

/** What tests put in the place of a person, of files and of time. */
export type AutomationSurroundings = Pick<
  SecretSurroundings,
  'input' | 'pace' | 'now' | 'askLine' | 'onLeave'
> & {
  /** After how long somebody who waits is told why it may take longer. */
  readonly patienceMs: number;
  /** What nobody else uses: the id of a test, the first half of a replay. */
  random(): string;
};

export interface AutomationTools extends AutomationSurroundings {
  readonly terminal: Terminal;
  readonly version: string;
  readonly signal: AbortSignal;
}

export const REAL: AutomationSurroundings = {
  input: SECRET_REAL.input,
  // an answer of a receiver takes a moment; nobody wants to look for it more often than people can read
  pace: { leastMs: 200, mostMs: 1_000 },
  patienceMs: 2_000,
  now: Date.now,
  askLine: SECRET_REAL.askLine,
  onLeave: SECRET_REAL.onLeave,
  random: randomUUID,
};
