/** Owns: the secrets of a run, and texts without them. Used by: the verbs exec and mask, and foreign-text.ts. Pure. */
import type { Addition } from './extra-forms.ts';
import { extraForms, secretParts } from './extra-forms.ts';
import { LiteralIndex } from './literal-index.ts';
import { MaskStream } from './mask-stream.ts';
import { runnerForms } from './runner-encoders.ts';
import { MASK, merged, type Span } from './spans.ts';
import { scanTokens } from './token-scanner.ts';
import { maskValues, variableValues } from './value-lines.ts';
import { trim } from './white-space.ts';

export interface MaskOptions {
  /** Forms that GitHub's runner does not know; none by default. */
  readonly additions?: readonly Addition[];
  /** Tokens that nobody registered; not by default. */
  readonly detect?: boolean;
}

/** An index of so many literals is built anew for each new one: a matter of a millisecond. */
const RECENT = 2_000;

/**
 * Masks as GitHub's runner does (actions/runner 2.336.0, SecretMasker), bit for bit unless told otherwise. Values have no
 * minimum length: one character masks every occurrence of that character.
 */
export class Masker {
  readonly #additions: ReadonlySet<Addition>;
  readonly #detects: boolean;
  readonly #values = new Set<string>();
  /** Values and their forms, a character a byte. */
  readonly #literals = new Set<string>();
  /** The same, in the order in which they came. */
  readonly #listed: string[] = [];
  readonly #patterns = new Map<string, RegExp>();
  /** Each of literals that came later than those of the one before it. */
  readonly #built: LiteralIndex[] = [];

  constructor({ additions = [], detect = false }: MaskOptions = {}) {
    this.#additions = new Set(additions);
    this.#detects = detect;
  }

  /** A value and its encoded forms. An empty one is ignored, a known one does nothing. */
  addValue(value: string | Uint8Array): void {
    const bytes = Buffer.from(value as string);
    const key = bytes.toString('latin1');
    if (key === '' || this.#values.has(key)) return;
    this.#values.add(key);
    this.#add(key);
    for (const form of this.#formsOf(value, bytes)) this.#add(Buffer.from(form).toString('latin1'));
    for (const part of secretParts(bytes.toString(), this.#additions)) this.addValue(part);
  }

  #add(literal: string): void {
    if (this.#literals.has(literal)) return;
    this.#literals.add(literal);
    this.#listed.push(literal);
  }

  #formsOf(value: string | Uint8Array, bytes: Buffer): readonly string[] {
    const text = typeof value === 'string' ? value : bytes.toString();
    // bytes that are no text have no other form than Base64's
    if (typeof value !== 'string' && !Buffer.from(text).equals(bytes)) return binaryForms(bytes);
    return [...runnerForms(text), ...extraForms(text, this.#additions)];
  }

  /** The value of a variable, and each of its lines. */
  addVariable(name: string, value: string): void {
    const parts = variableValues(name, value, this.#additions);
    for (const part of parts) this.addValue(part);
    if (this.#additions.size === 0 || parts.length === 0) return;
    // a program encodes what it was given, with the white space around it
    if (trim(value) !== value) this.#addForms(value);
    // and whoever reads text takes the byte order mark away
    if (value.startsWith(BYTE_ORDER_MARK)) this.addVariable(name, value.slice(1));
  }

  /** Those of them that do not begin or end with white space themselves: it would be masked where it is none of the value's. */
  #addForms(value: string): void {
    const forms = this.#formsOf(value, Buffer.from(value)).filter((form) => trim(form) === form);
    for (const form of forms) this.#add(Buffer.from(form).toString('latin1'));
  }

  /** What `::add-mask::` says, unescaped. False: it is blank, and nothing is registered. */
  addMask(data: string): boolean {
    const values = maskValues(data);
    for (const value of values) this.addValue(value);
    return values.length > 0;
  }

  /** A pattern for `mask`; it is a secret itself, so no error repeats it. A stream cannot take part in it. */
  addRegex(source: string): void {
    if (source === '') return;
    this.#patterns.set(source, patternFrom(source));
    this.addValue(source);
  }

  /** The text without its secrets; where there are none, the text itself. */
  mask(text: string): string {
    if (text === '') return text;
    const bytes = Buffer.from(text);
    const spans: Span[] = [];
    this.#findIn(bytes, spans);
    this.#findPatterns(text, spans);
    return spans.length === 0 ? text : replaced(bytes, merged(spans));
  }

  #findIn(bytes: Uint8Array, spans: Span[]): void {
    for (const index of this.#indexes()) index.find(bytes, bytes.length, spans);
    if (this.#detects) spans.push(...scanTokens(bytes, bytes.length, -1, true).spans);
  }

  /** Each search goes on one character after where the last one began, so that overlapping hits are found (M5). */
  #findPatterns(text: string, spans: Span[]): void {
    const bytesUntil = (end: number) => Buffer.byteLength(text.slice(0, end));
    for (const pattern of this.#patterns.values()) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
        const [found] = match;
        if (found !== '')
          spans.push({ start: bytesUntil(match.index), end: bytesUntil(match.index + found.length) });
        pattern.lastIndex = match.index + 1;
      }
    }
  }

  /** A stream of its own with the secrets of this masker; those that are added later count from then on. */
  stream(): MaskStream {
    if (this.#patterns.size > 0)
      throw new Error('regular expressions need whole texts; use mask() on each, or no expressions');
    return new MaskStream({ indexes: () => this.#indexes(), detects: this.#detects });
  }

  /** What is new takes in the small indexes before it: there are few, and no literal is indexed often. */
  #indexes(): readonly LiteralIndex[] {
    const built = this.#built;
    let size = this.#listed.length - built.reduce((sum, index) => sum + index.size, 0);
    if (size === 0) return built;
    for (let last = built.at(-1); last && last.size <= Math.max(size, RECENT); last = built.at(-1)) {
      size += last.size;
      built.pop();
    }
    built.push(new LiteralIndex(this.#listed.slice(-size)));
    return built;
  }

  /** What the search takes of memory, beside the secrets themselves. */
  get byteLength(): number {
    return this.#indexes().reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

const BYTE_ORDER_MARK = '\ufeff';

function binaryForms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) => bytes.subarray(shift).toString('base64')).filter((form) => form !== '');
}

function patternFrom(source: string): RegExp {
  try {
    return new RegExp(source, 'g');
  } catch {
    // the engine's message repeats the pattern
    throw new Error('a pattern to mask is no regular expression; look at its brackets and escapes');
  }
}

function replaced(bytes: Buffer, spans: readonly Span[]): string {
  let text = '';
  let done = 0;
  for (const { start, end } of spans) {
    text += bytes.toString('utf8', done, start) + MASK;
    done = end;
  }
  return text + bytes.toString('utf8', done);
}
