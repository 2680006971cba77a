import { stringify } from 'yaml';
import { isKubeError } from '../kube/kube-error.ts';
import { escapeHidden, foreignText, withoutTokens } from '../mask/foreign-text.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

/**
 * The one style of everything that verbs print: results on stdout, everything else on stderr; no capitalized
 * beginnings and no full stops in errors; the last words say what to do next.
 */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
}

export const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** Checks the value of `-o`. */
export function formatFrom(text: string | undefined): Format {
  const format = FORMATS.find((known) => known === (text ?? 'table'));
  if (!format) throw new UsageError(`-o takes ${FORMATS.join(', ')}; got "${escapeText(text ?? '')}"`);
  return format;
}

/** Prints data as JSON or YAML; a table is the verb's own. */
export function printData(terminal: Terminal, format: 'json' | 'yaml', data: unknown): void {
  const yaml = format === 'yaml' ? stringify(data).trimEnd() : undefined;
  // YAML leaves some marks as they are; JSON, which is YAML too, can write every one of them as \u
  if (yaml === undefined || yaml.search(HIDDEN_INLINE) >= 0) terminal.out(safeJson(data));
  else terminal.out(yaml);
}

function safeJson(data: unknown): string {
  return JSON.stringify(data, null, 2).replace(HIDDEN_INLINE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Control characters, and marks that reorder text or are not seen at all, but line feeds: those end a line. */
const HIDDEN_INLINE = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Columns that line up, as kubectl's do. Cells are escaped: they come from the cluster. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows.map((row) => row.map(escapeText))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Makes free text safe for a terminal. */
export const escapeText = escapeHidden;

/** Ends a verb that failed: one line to stderr, and the exit code that scripts can rely on. */
export function failWith(terminal: Terminal, error: unknown): number {
  const message = withoutTokens(error instanceof Error ? error.message : String(error));
  const detail = isKubeError(error) && error.serverMessage ? `: ${foreignText(error.serverMessage)}` : '';
  terminal.note(`error: ${message.split('\n').map(escapeText).join('\n       ')}${detail}`);
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ExitError) return error.code;
  if (error instanceof UsageError || (error instanceof Error && error.name === 'ConfigError'))
    return EXIT.usage;
  if (isKubeError(error, 'forbidden', 'unauthorized')) return EXIT.denied;
  if (isKubeError(error, 'notFound')) return EXIT.notFound;
  if (isKubeError(error, 'network', 'timeout', 'credentials')) return EXIT.unreachable;
  return EXIT.failed;
}

/** What a name that can be no namespace's is refused with. */
export function notANamespace(name: string): string {
  return `"${escapeText(name)}" is not the name of a namespace; use a-z, 0-9 and -`;
}
