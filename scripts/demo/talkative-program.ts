/**
 * The program at the end of the demo: it prints every secret that it was given, in six encodings each, cut in the middle of
 * each into two writes. Called by: run-masked.ts, through `secretscope exec`.
 */
import { setTimeout as pause } from 'node:timers/promises';

const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  'as it is': (value) => value,
  Base64: (value) => Buffer.from(value).toString('base64'),
  'Base64 for URLs': (value) => Buffer.from(value).toString('base64url'),
  'percent-encoded': (value) => encodeURIComponent(value),
  'a JSON string': (value) => JSON.stringify(value).slice(1, -1),
  hexadecimal: (value) => Buffer.from(value).toString('hex'),
};

const names = process.argv.slice(2);
for (const name of names) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`there is no ${name} in the environment`);
  for (const [encoding, encode] of Object.entries(ENCODINGS)) await printTorn(name, encoding, encode(value));
}

/** The second half comes in a write of its own, when the first has long been read. */
async function printTorn(name: string, encoding: string, text: string): Promise<void> {
  const half = Math.ceil(text.length / 2);
  process.stdout.write(`${name}, ${encoding}: ${text.slice(0, half)}`);
  await pause(5);
  process.stdout.write(`${text.slice(half)}\n`);
}
