/**
 * Owns: values as they leave their boxes: into the environment of one process and into the masker (M29). Used by: exec-verb.ts, mask-verb.ts.
 * No message holds a value, or tells how long it is.
 */
import type { Masker } from '../mask/masker.ts';
import { type Weakness, weaknessesOf } from '../mask/weak-value.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export type Variables = Readonly<Record<string, string>>;

/** Refuses what no environment can hold: it would arrive cut, or changed. */
export function variablesFrom(values: ReadonlyMap<string, SecretValue>): Variables {
  return Object.fromEntries([...values].map(([name, value]) => [name, variableText(name, value)]));
}

function variableText(name: string, value: SecretValue): string {
  const bytes = value.reveal();
  const text = bytes.toString('utf8');
  if (bytes.includes(0)) throw unfit(name, 'it has a NUL byte');
  if (!Buffer.from(text).equals(bytes)) throw unfit(name, 'it is not UTF-8');
  return text;
}

function unfit(name: string, why: string): ExitError {
  return new ExitError(
    EXIT.undeliverable,
    `the value of ${escapeText(name)} cannot be a variable: ${why}; leave it out with --include, and mount it as a file where it is needed`,
  );
}

export interface WeakVariable {
  readonly name: string;
  readonly weakness: Weakness;
}

/** From now on the masker knows them; answers those that masking does harm to, or little good. */
export function maskVariables(masker: Masker, variables: Variables): WeakVariable[] {
  return Object.entries(variables).flatMap(([name, text]) => {
    masker.addVariable(name, text);
    return text === '' ? [] : weaknessesOf(text).map((weakness) => ({ name, weakness }));
  });
}

/** For values that no environment has to hold. */
export function maskBytes(masker: Masker, name: string, value: SecretValue): void {
  const bytes = value.reveal();
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) masker.addVariable(name, text);
  else masker.addValue(Uint8Array.from(bytes));
}
