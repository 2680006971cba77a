/** Owns: manifests out of files, each with the line it stands at. Used by: render, diff and explain -f. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type Document,
  isMap,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLParseError,
} from 'yaml';
import { lineAt } from './offline-position.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** One object as it was written. */
export interface Manifest {
  readonly file: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** Line of the field that a path such as `spec.secrets[3].from.key` names, or of the nearest that is there. */
  readonly lineOf: (path: string) => number;
}

/** What cannot be read as YAML or JSON. Nothing of the text is repeated: it may be a Secret. */
export interface Unreadable {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface ReadFiles {
  readonly manifests: readonly Manifest[];
  readonly unreadable: readonly Unreadable[];
}

export type Stdin = () => Promise<string>;
const realStdin: Stdin = () => text(process.stdin);

/** All manifests below some paths; `-` is stdin. What a folder holds besides manifests is left alone. */
export async function readManifests(paths: readonly string[], stdin: Stdin = realStdin): Promise<ReadFiles> {
  const found: ReadFiles[] = [];
  for (const file of await filesOf(paths)) {
    const content = file === '-' ? await stdin() : await readFile(file, 'utf8');
    if (CONCERNS_US.test(content)) found.push(manifestsIn(file === '-' ? 'stdin' : file, content));
  }
  return {
    manifests: found.flatMap(({ manifests }) => manifests),
    unreadable: found.flatMap(({ unreadable }) => unreadable),
  };
}

/** Anything else is not even parsed: folders hold charts, values and Secrets. */
const CONCERNS_US = /secretscope\.dev\/|\bkind["']?\s*:\s*["']?Namespace\b/;
const EXTENSION = /\.(ya?ml|json)$/;

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (path === '-') found.push(path);
    else if ((await kindOf(path)) === 'folder') found.push(...(await filesBelow(path)));
    else found.push(path);
  }
  return [...new Set(found)];
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new UsageError(
      `-f ${escapeText(path)} cannot be read (${String(error.code)}); name a file, a folder, or - for stdin`,
    );
  }
}

/** In the order of their names. Hidden folders, as that of Git, and links are not followed. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      found.push(...(await filesBelow(path)));
    else if (entry.isFile() && EXTENSION.test(entry.name)) found.push(path);
  }
  return found;
}

function manifestsIn(file: string, content: string): ReadFiles {
  const lines = new LineCounter();
  const documents = parseAllDocuments(content, { lineCounter: lines, prettyErrors: false });
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error) {
      unreadable.push({ file, line: lines.linePos(error.pos[0]).line, message: notYaml(error) });
      continue;
    }
    const value = plain(document);
    if (value.kind === 'tooMuch') unreadable.push({ file, line: 1, message: value.message });
    else manifests.push(...objectsIn(file, value.value, document.contents, lines));
  }
  return { manifests, unreadable };
}

/** What stands behind a colon is a piece of the file, which may be a value. */
function notYaml({ code, message }: YAMLParseError): string {
  return `is no YAML: ${message.split(':')[0]} (${code}); correct it, or if it is a template, give what it renders: helm template … | secretscope render -f -`;
}

type Plain =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'tooMuch'; readonly message: string };

/** The library bounds what a few aliases may grow to. */
function plain(document: Document): Plain {
  try {
    return { kind: 'value', value: document.toJS() };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { kind: 'tooMuch', message: 'has aliases that lead nowhere or grow without end; write them out' };
  }
}

/** One object, or those of a List as kubectl prints it. */
function objectsIn(file: string, value: unknown, node: Node | null, lines: LineCounter): Manifest[] {
  if (!isRecord(value)) return [];
  const { items } = value;
  if (value['kind'] !== 'List' || !Array.isArray(items))
    return [{ file, object: value, lineOf: (path) => lineAt(node, path, lines) }];
  const nodes = isMap(node) ? node.get('items', true) : undefined;
  return items.flatMap((item: unknown, index) =>
    objectsIn(file, item, isSeq(nodes) ? ((nodes.items[index] as Node | undefined) ?? null) : null, lines),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
