/**
 * Finds one place in a JSON text without building the document. Called by extract.ts; pure.
 *
 * Our own instead of JSON.parse, because that quotes its input in errors, makes strings that cannot be wiped, loses
 * the digits of numbers and gives `__proto__` a meaning. The whole text is checked, also behind the place that was
 * asked for. Of members with the same name the last one counts, as for JSON.parse.
 */
import { unescapeJson } from './json-text.ts';
import { arrayIndex } from './property-path.ts';

export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

/** Where a value lies: `end` is behind its last byte. A string's span has its quotes. */
export interface JsonSpan {
  readonly type: JsonType;
  readonly start: number;
  readonly end: number;
}

export type JsonFind =
  | { readonly kind: 'found'; readonly span: JsonSpan }
  | { readonly kind: 'missing' }
  | { readonly kind: 'notJSON' };

// deeper than any configuration, and far from the end of the stack
const MAX_DEPTH = 64;
const OFF_PATH = -1;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [BRACE_OPEN, BRACE_CLOSE, BRACKET_OPEN, BRACKET_CLOSE] = [0x7b, 0x7d, 0x5b, 0x5d];
const [MINUS, PLUS, POINT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39];
const [LETTER_U, END] = [0x75, -1];
const ESCAPES = Buffer.from('"\\\\/bfnrt');
const SPACE: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const LITERALS = [
  { text: Buffer.from('true'), type: 'boolean' },
  { text: Buffer.from('false'), type: 'boolean' },
  { text: Buffer.from('null'), type: 'null' },
] as const;

/** `path` as property-path.ts gives it; an empty one means the whole value. Text nested deeper than 64 is refused. */
export function findJson(bytes: Buffer, path: readonly Buffer[]): JsonFind {
  try {
    const span = new Scanner(bytes, path).document();
    return span ? { kind: 'found', span } : { kind: 'missing' };
  } catch (error) {
    if (error instanceof NotJson) return { kind: 'notJSON' };
    throw error;
  }
}

/** Carries nothing: what was read and where it went wrong would be a piece of the value. */
class NotJson extends Error {}

class Scanner {
  readonly #bytes: Buffer;
  readonly #path: readonly Buffer[];
  #at = 0;

  constructor(bytes: Buffer, path: readonly Buffer[]) {
    this.#bytes = bytes;
    this.#path = path;
  }

  document(): JsonSpan | undefined {
    const span = this.#value(0, 0);
    this.#space();
    if (this.#at !== this.#bytes.length) throw new NotJson();
    return span;
  }

  /** `step` is how many segments of the path led here, or OFF_PATH. Answers what the path ends at, if it ends here or below. */
  #value(depth: number, step: number): JsonSpan | undefined {
    this.#space();
    const start = this.#at;
    const [type, below] = this.#scan(depth, step);
    return step === this.#path.length ? { type, start, end: this.#at } : below;
  }

  #scan(depth: number, step: number): [JsonType, JsonSpan | undefined] {
    if (depth > MAX_DEPTH) throw new NotJson();
    switch (this.#bytes[this.#at] ?? END) {
      case BRACE_OPEN:
        return ['object', this.#object(depth, step)];
      case BRACKET_OPEN:
        return ['array', this.#array(depth, step)];
      case QUOTE:
        this.#string();
        return ['string', undefined];
      default:
        return [this.#literal() ?? this.#number(), undefined];
    }
  }

  #object(depth: number, step: number): JsonSpan | undefined {
    const wanted = step === OFF_PATH ? undefined : this.#path[step];
    let found: JsonSpan | undefined;
    this.#at++;
    if (this.#takes(BRACE_CLOSE)) return undefined;
    do {
      this.#space();
      const name = this.#string();
      const leads = wanted !== undefined && this.#nameIs(name, wanted);
      if (!this.#takes(COLON)) throw new NotJson();
      const hit = this.#value(depth + 1, leads ? step + 1 : OFF_PATH);
      if (leads) found = hit;
    } while (this.#takes(COMMA));
    if (!this.#takes(BRACE_CLOSE)) throw new NotJson();
    return found;
  }

  #array(depth: number, step: number): JsonSpan | undefined {
    const segment = step === OFF_PATH ? undefined : this.#path[step];
    const wanted = segment && arrayIndex(segment);
    let found: JsonSpan | undefined;
    this.#at++;
    if (this.#takes(BRACKET_CLOSE)) return undefined;
    let index = 0;
    do {
      const hit = this.#value(depth + 1, index === wanted ? step + 1 : OFF_PATH);
      if (index === wanted) found = hit;
      index++;
    } while (this.#takes(COMMA));
    if (!this.#takes(BRACKET_CLOSE)) throw new NotJson();
    return found;
  }

  /** Skips a string and answers what lies between its quotes. */
  #string(): Buffer {
    if (this.#bytes[this.#at] !== QUOTE) throw new NotJson();
    const start = ++this.#at;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === QUOTE) return this.#bytes.subarray(start, this.#at - 1);
      if (byte === undefined || byte < 0x20) throw new NotJson();
      if (byte === BACKSLASH) this.#escape();
    }
  }

  #escape(): void {
    const escaped = this.#bytes[this.#at++] ?? 0;
    if (escaped === LETTER_U) {
      for (let digit = 0; digit < 4; digit++) if (!isHexDigit(this.#bytes[this.#at++])) throw new NotJson();
    } else if (!ESCAPES.includes(escaped)) throw new NotJson();
  }

  #nameIs(literal: Buffer, wanted: Buffer): boolean {
    if (!literal.includes(BACKSLASH)) return literal.equals(wanted);
    return unescapeJson(literal)?.equals(wanted) ?? false;
  }

  #literal(): JsonType | undefined {
    for (const { text, type } of LITERALS) {
      if (!this.#bytes.subarray(this.#at, this.#at + text.length).equals(text)) continue;
      this.#at += text.length;
      return type;
    }
    return undefined;
  }

  #number(): 'number' {
    this.#skip(MINUS);
    if (!this.#skip(ZERO)) this.#digits();
    if (this.#skip(POINT)) this.#digits();
    if (this.#skip(0x65) || this.#skip(0x45)) {
      if (!this.#skip(MINUS)) this.#skip(PLUS);
      this.#digits();
    }
    return 'number';
  }

  #digits(): void {
    const start = this.#at;
    for (let byte = this.#bytes[start]; byte !== undefined && byte >= ZERO && byte <= NINE; ) {
      byte = this.#bytes[++this.#at];
    }
    if (this.#at === start) throw new NotJson();
  }

  #takes(byte: number): boolean {
    this.#space();
    return this.#skip(byte);
  }

  #skip(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (SPACE.has(this.#bytes[this.#at])) this.#at++;
  }
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (lower >= 0x61 && lower <= 0x66);
}
