/** Owns: what the secret verbs use of a person, the system and time. Used by: secret-verb.ts and the verbs. */

import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { InputChannels } from './secret-input.ts';
import { askUnseen } from './secret-prompt.ts';
import type { SecretPace } from './secret-wait.ts';
import type { Terminal } from './terminal.ts';

/** What tests put in the place of a person, of files and of time. */
export interface SecretSurroundings {
  /** Whether results go to a person: what is said then is not said to a pipe. */
  readonly isTerminal: boolean;
  readonly input: InputChannels;
  readonly pace: SecretPace;
  now(): number;
  /** Part of a name. */
  random(): string;
  /** The line that somebody typed; empty where the input ends. */
  askLine(question: string): Promise<string>;
  /** Calls `leave` when somebody wants to; the answer stops listening. */
  onLeave(leave: () => void): () => void;
}

export interface SecretTools extends SecretSurroundings {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** No vowels, and nothing that looks like something else. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

export const REAL: SecretSurroundings = {
  get isTerminal() {
    return process.stdout.isTTY === true;
  },
  input: {
    get canAsk() {
      return process.stdin.isTTY === true;
    },
    ask: (question) => askUnseen(process.stdin, process.stderr, question),
    readStdin,
    readFile: (path) => readFile(path),
  },
  // the operator stores a value within a second
  pace: { leastMs: 150, mostMs: 2_000 },
  now: Date.now,
  random: () => Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  askLine,
  onLeave: (leave) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    for (const signal of signals) process.once(signal, leave);
    return () => signals.forEach((signal) => void process.off(signal, leave));
  },
};

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  for (const chunk of chunks) chunk.fill(0);
  return all;
}

async function askLine(question: string): Promise<string> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    // an interface that is left by Ctrl-C only pauses, and the question would stay open for ever
    lines.once('SIGINT', () => lines.close());
    lines.once('line', resolve).once('close', () => resolve(''));
    lines.setPrompt(`${question} `);
    lines.prompt();
  });
  lines.close();
  return answer.trim();
}
