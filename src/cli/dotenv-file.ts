/**
 * Owns: the grammar of a dotenv file, as godotenv reads it (spec row GX44). Used by: secret-env-file.ts. Pure.
 * Faults name a line and never repeat any of it: what cannot be read may be a secret (K9).
 */
import { BLANK, bareValue, doubleQuoted, type Expansion, type ReadValue, trimmed } from './dotenv-value.ts';

export interface DotenvEntry {
  readonly name: string;
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly expansions: readonly Expansion[];
}

export type DotenvFault = 'MissingSeparator' | 'MissingName' | 'InvalidName' | 'UnterminatedQuote';

export type DotenvFile =
  | { readonly kind: 'read'; readonly entries: readonly DotenvEntry[] }
  | { readonly kind: 'fault'; readonly fault: DotenvFault; readonly line: number };

/** The last assignment of a name counts. */
export function readDotenv(text: string): DotenvFile {
  const source = text.replaceAll('\r\n', '\n');
  const found = new Map<string, DotenvEntry>();
  const names = new Map<string, string>();
  for (let at = nextStatement(source, 0); at < source.length; ) {
    const line = lineAt(source, at);
    const key = readName(source, at);
    if (key.kind === 'fault') return { kind: 'fault', fault: key.fault, line };
    const value = readValue(source, key.end, names);
    if (value === undefined) return { kind: 'fault', fault: 'UnterminatedQuote', line };
    const { text: read, expansions } = value;
    names.set(key.name, read);
    found.set(key.name, { name: key.name, text: read, line, expansions });
    at = nextStatement(source, value.end);
  }
  return { kind: 'read', entries: [...found.values()] };
}

function lineAt(source: string, at: number): number {
  return source.slice(0, at).split('\n').length;
}

/** Past white space, empty lines and comments. */
function nextStatement(source: string, from: number): number {
  const skipped = /(?:\s|\u0085|#[^\n]*)*/uy;
  skipped.lastIndex = from;
  return from + (skipped.exec(source)?.[0].length ?? 0);
}

type ReadName =
  | { readonly kind: 'name'; readonly name: string; readonly end: number }
  | { readonly kind: 'fault'; readonly fault: DotenvFault };

/** A name and its separator, `=` or `:`; `end` is where its value begins. */
function readName(source: string, from: number): ReadName {
  const exported = /export[\t\v\f\r \u0085\u00a0]+/uy;
  exported.lastIndex = from;
  const start = from + (exported.exec(source)?.[0].length ?? 0);
  const named = /([\p{L}\p{N}_.\t\v\f\r \u0085\u00a0]*)([=:])?/uy;
  named.lastIndex = start;
  const [whole = '', letters = '', separator] = named.exec(source) ?? [];
  if (separator === undefined) {
    const next = source[start + letters.length];
    const fault = next === undefined || next === '\n' ? 'MissingSeparator' : 'InvalidName';
    return { kind: 'fault', fault };
  }
  const name = trimmed(letters);
  if (name === '') return { kind: 'fault', fault: 'MissingName' };
  let end = start + whole.length;
  while (BLANK.test(source[end] ?? '')) end += 1;
  return { kind: 'name', name, end };
}

/** Undefined where a quote has no end. */
function readValue(
  source: string,
  from: number,
  names: ReadonlyMap<string, string>,
): (ReadValue & { readonly end: number }) | undefined {
  const quote = source[from];
  if (quote !== '"' && quote !== "'") {
    const lineEnd = source.indexOf('\n', from);
    const end = lineEnd < 0 ? source.length : lineEnd;
    return { ...bareValue(source.slice(from, end), names), end };
  }
  const end = closing(source, from, quote);
  if (end === undefined) return undefined;
  // godotenv also takes away an escaped quote at either end, which damages the value
  const inside = source.slice(from + 1, end);
  const read = quote === '"' ? doubleQuoted(inside, names) : { text: inside, expansions: [] };
  return { ...read, end: end + 1 };
}

function closing(source: string, from: number, quote: string): number | undefined {
  for (let at = source.indexOf(quote, from + 1); at >= 0; at = source.indexOf(quote, at + 1))
    if (source[at - 1] !== '\\') return at;
  return undefined;
}
