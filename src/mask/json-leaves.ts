/**
 * The fields of a structured value, which leak one by one once a program takes the value apart: the strings and numbers of
 * a JSON document, the values of a dotenv file or a plain YAML map. Objects' names are no secrets.
 */
import { isCommon } from './common-words.ts';
import { DOTENV_LINE, linesOf, parseJsonContainer, structuredFormat, YAML_KEY } from './structured-format.ts';
import { trim } from './white-space.ts';

/** Each costs up to twenty forms; whoever has more fields keeps a database in a secret. */
const MAX_LEAVES = 1_000;
const MIN_LENGTH = 4;

export function jsonLeaves(value: string): readonly string[] {
  const leaves = new Set<string>();
  for (const leaf of fieldsOf(value)) {
    // a key in PEM form is one field, and is printed line by line
    for (const text of [leaf, ...leaf.split(/[\r\n]/)].map(trim)) {
      if (isWorthMasking(text)) leaves.add(text);
      if (leaves.size === MAX_LEAVES) return [...leaves];
    }
  }
  return [...leaves];
}

/** Of a part of a value: it is long enough, and no word that every log has. */
export function isWorthMasking(text: string): boolean {
  return text.length >= MIN_LENGTH && !isCommon(text) && !NO_SECRET.test(text);
}

/** Ports and years, and the first and last line of a key. */
const NO_SECRET = /^(?:\d{1,5}|-----(?:BEGIN|END) [A-Z0-9 ]+-----)$/;

function fieldsOf(value: string): Iterable<string> {
  const text = trim(value);
  const format = structuredFormat(text);
  switch (format) {
    case 'JSON':
      return parseJsonContainer(text) ? scalarsOf(text) : [];
    case 'dotenv':
      return linesOf(text).map((line) => unquoted(line.replace(DOTENV_LINE, '')));
    case 'YAML':
      return linesOf(text).map((line) => plainScalar(line.replace(YAML_KEY, '').replace(/^\s*- +/, '')));
    // a certificate is its lines, and XML is read by no parser of ours
    case 'PEM':
    case 'XML':
    case undefined:
      return [];
    default:
      return format satisfies never;
  }
}

/**
 * Goes through the text, not through the parsed object: a number is registered as it is written, whatever its size, and no
 * depth of nesting costs any stack. The text is known to be JSON.
 */
function* scalarsOf(json: string): Generator<string> {
  for (const match of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.eE+-]*/g)) {
    const [token, colon] = match;
    if (colon !== undefined) continue;
    if (!token.startsWith('"')) {
      yield token;
      continue;
    }
    yield String(JSON.parse(token));
    // as it is written, where that is something else
    if (token.includes('\\')) yield token.slice(1, -1);
  }
}

/** Anchors, tags, flow collections and the heads of blocks are no values; the lines of a block come as lines of their own. */
function plainScalar(text: string): string {
  const scalar = trim(text);
  return /^[|>&*!{[%@`]/.test(scalar) ? '' : unquoted(scalar);
}

function unquoted(text: string): string {
  const trimmed = trim(text);
  const inside = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(trimmed)?.[2];
  if (inside !== undefined) return inside;
  const comment = trimmed.search(/\s#/);
  return comment < 0 ? trimmed : trimmed.slice(0, comment);
}
