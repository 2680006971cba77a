/** Owns: what `secretscope mask` is told to hide. Used by: mask-verb.ts. */
import { readFile } from 'node:fs/promises';
import { SecretValue } from '../model/secret-value.ts';
import { type DotenvFault, readDotenv } from './dotenv-file.ts';
import { readMount } from './exec-folder.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

export interface MaskSources {
  readonly fromDir?: readonly string[];
  readonly fromEnv?: readonly string[];
  readonly fromFile?: readonly string[];
}

export interface NamedSecret {
  readonly name: string;
  readonly value: SecretValue;
}

export async function valuesToMask(sources: MaskSources, env: NodeJS.ProcessEnv): Promise<NamedSecret[]> {
  const { fromDir = [], fromEnv = [], fromFile = [] } = sources;
  const mounted = await Promise.all(fromDir.map((folder) => readMount(folder)));
  const files = await Promise.all(fromFile.map((path) => valuesOfFile(path)));
  return [
    ...mounted.flat().map(({ key, value }) => ({ name: key, value })),
    ...valuesOfEnvironment(fromEnv, env),
    ...files.flat(),
  ];
}

function valuesOfEnvironment(lists: readonly string[], env: NodeJS.ProcessEnv): NamedSecret[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  const missing = names.filter((name) => !Object.hasOwn(env, name));
  // whoever misspells a name would show what it holds
  if (missing.length > 0)
    throw new UsageError(
      `--from-env takes names of variables that are set, such as A,B; not set: ${missing.map((name) => `"${escapeText(name)}"`).join(', ')}`,
    );
  return names.map((name) => ({ name, value: SecretValue.fromText(env[name] ?? '') }));
}

async function valuesOfFile(path: string): Promise<NamedSecret[]> {
  const text = await textOf(path);
  const read = readDotenv(text);
  if (read.kind === 'fault')
    throw new ExitError(
      EXIT.failed,
      `${escapeText(path)} cannot be read at line ${read.line}: ${FAULT[read.fault]}; mend it, nothing was masked or shown`,
    );
  const lines = text.split('\n');
  return read.entries.flatMap(({ name, text, line, expansions }) => {
    // what `$NAME` becomes depends on who reads the file: many leave it as it is
    const literal = expansions.length > 0 ? [literalText(lines[line - 1] ?? '')] : [];
    return [text, ...literal].map((one) => ({ name, value: SecretValue.fromText(one) }));
  });
}

/** What a line gives to its name where nothing stands for anything else. */
function literalText(line: string): string {
  const text = line.replace(/^[^=:]*[=:]/, '').trim();
  return /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;
}

const FAULT: Record<DotenvFault, string> = {
  MissingSeparator: 'there is no = after the name',
  MissingName: 'there is no name before the =',
  InvalidName: 'the name holds what no name may',
  UnterminatedQuote: 'a quote does not end',
};

async function textOf(path: string): Promise<string> {
  const bytes = await bytesOf(path);
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  // a value of it would be looked for in another form than it is printed in
  throw new ExitError(
    EXIT.failed,
    `${escapeText(path)} is not UTF-8; convert it, nothing was masked or shown`,
  );
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new ExitError(
      code === 'ENOENT' ? EXIT.notFound : EXIT.failed,
      `${escapeText(path)} cannot be read (${code}); name a file of NAME=VALUE lines`,
    );
  }
}
