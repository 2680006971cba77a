/**
 * What a JSON string literal means, as bytes. Called by json-scanner.ts and extract.ts; pure.
 * The literal has been scanned before, so only its escapes need attention.
 */

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const PLAIN: Readonly<Record<number, number>> = {
  34: 0x22,
  92: 0x5c,
  47: 0x2f,
  98: 0x08,
  102: 0x0c,
  110: 0x0a,
  114: 0x0d,
  116: 0x09,
};

/**
 * UTF-8 of the text between the quotes, in a Buffer of its own; undefined for half of a surrogate pair, which no
 * text has.
 */
export function unescapeJson(literal: Buffer): Buffer | undefined {
  const out = Buffer.alloc(literal.length);
  const length = unescapeInto(out, literal);
  const text = length === undefined ? undefined : Buffer.from(out.subarray(0, length));
  out.fill(0);
  return text;
}

function unescapeInto(out: Buffer, literal: Buffer): number | undefined {
  let length = 0;
  for (let at = 0; at < literal.length; at++) {
    const byte = literal[at] ?? 0;
    if (byte !== BACKSLASH) {
      out[length++] = byte;
      continue;
    }
    const escaped = literal[++at] ?? 0;
    if (escaped !== LETTER_U) {
      out[length++] = PLAIN[escaped] ?? escaped;
      continue;
    }
    const point = codePoint(literal, at + 1);
    if (point === undefined) return undefined;
    length += out.write(String.fromCodePoint(point), length, 'utf8');
    at += point > 0xffff ? 10 : 4;
  }
  return length;
}

/** The code point of `XXXX` or `XXXX\uXXXX` at `at`. */
function codePoint(literal: Buffer, at: number): number | undefined {
  const high = hex(literal, at);
  if (high < 0xd800 || high > 0xdfff) return high;
  const followed = literal[at + 4] === BACKSLASH && literal[at + 5] === LETTER_U;
  const low = followed ? hex(literal, at + 6) : 0;
  if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) return undefined;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

function hex(literal: Buffer, at: number): number {
  return Number.parseInt(literal.toString('latin1', at, at + 4), 16);
}
