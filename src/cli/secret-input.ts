/**
 * Owns: the values that are to be set, from where the command line says (spec rows GX42, GX44). Used by: secret-set.ts.
 * A fault names a place, and never repeats what stands there.
 */
import { canonicalName, nameFaults } from '../model/names.ts';
import { SecretValue } from '../model/secret-value.ts';
import { type DotenvEntry, type DotenvFault, readDotenv } from './dotenv-file.ts';
import type { ValueSource } from './secret-order.ts';
import { nameSentence } from './secret-usage.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface NamedValue {
  readonly name: string;
  readonly value: SecretValue;
}

/** What a person and the system give. */
export interface InputChannels {
  /** Whether somebody sits there who can be asked. */
  readonly canAsk: boolean;
  ask(question: string): Promise<Buffer>;
  /** All of it. */
  readStdin(): Promise<Buffer>;
  readFile(path: string): Promise<Buffer>;
}

export interface ReadValues {
  readonly values: readonly NamedValue[];
  readonly warnings: readonly string[];
  /** Of names that cannot be set; the others are. */
  readonly faults: readonly string[];
}

export async function readValues(
  source: ValueSource,
  base64: boolean,
  channels: InputChannels,
): Promise<ReadValues> {
  if (source.kind === 'envFile') return fromEnvFile(source.path, channels);
  const bytes = await oneValue(source, base64, channels);
  const value = base64 ? inBase64(bytes) : new SecretValue(bytes);
  return { values: [{ name: source.name, value }], warnings: [], faults: [] };
}

async function oneValue(
  source: Exclude<ValueSource, { kind: 'envFile' }>,
  base64: boolean,
  channels: InputChannels,
): Promise<Buffer> {
  if (source.kind === 'body') return Buffer.from(source.text, 'utf8');
  if (channels.canAsk) return channels.ask('Paste your secret:');
  const bytes = await channels.readStdin();
  // a file is taken as it is: its last bytes may be those of a line feed
  return base64 ? bytes : withoutLineEnd(bytes);
}

function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return bytes.subarray(0, end);
}

function inBase64(bytes: Buffer): SecretValue {
  const value = SecretValue.fromText(bytes.toString('base64'));
  bytes.fill(0);
  return value;
}

async function fromEnvFile(path: string, channels: InputChannels): Promise<ReadValues> {
  const bytes = path === '-' ? await channels.readStdin() : await fileBytes(path, channels);
  const text = textOf(bytes);
  bytes.fill(0);
  const file = readDotenv(text);
  if (file.kind === 'fault')
    throw new UsageError(`error parsing env file: line ${file.line} ${FAULTS[file.fault]}; nothing was set`);
  if (file.entries.length === 0) throw new UsageError('no secrets found in file');
  return namedValues(file.entries);
}

const FAULTS: Record<DotenvFault, string> = {
  MissingSeparator: 'has no = or : after its name',
  MissingName: 'has no name before its = or :',
  InvalidName: 'has a character before its = or : that no name has',
  UnterminatedQuote: 'opens a quote that nothing closes',
};

async function fileBytes(path: string, channels: InputChannels): Promise<Buffer> {
  try {
    return await channels.readFile(path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UsageError(
      `failed to open env file: ${escapeText(path)}: ${WHY[String(error.code)] ?? String(error.code)}`,
    );
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
};

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError('error parsing env file: it is no UTF-8 text; nothing was set');
  }
}

/** Names are told only where they are some: a part of a value may look like one. */
function namedValues(entries: readonly DotenvEntry[]): ReadValues {
  const values = new Map<string, NamedValue>();
  const warnings: string[] = [];
  const faults: string[] = [];
  for (const { name: entered, text, line, expansions } of entries) {
    const sentence = nameSentence(nameFaults(entered));
    if (sentence !== undefined) {
      faults.push(`failed to set secret in line ${line}: ${sentence}`);
      continue;
    }
    const name = canonicalName(entered);
    values.set(name, { name, value: SecretValue.fromText(text) });
    if (expansions.includes('nothing'))
      warnings.push(
        `${name} (line ${line}) refers to an undefined variable: a $ and what follows was replaced by nothing, as gh does; put the value in single quotes to keep it as it is`,
      );
    else if (expansions.includes('another name'))
      warnings.push(
        `${name} (line ${line}) has a $ that was replaced by the value of another name of the file; put the value in single quotes to keep it as it is`,
      );
  }
  return { values: [...values.values()], warnings, faults };
}
