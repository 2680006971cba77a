/**
 * Strict Base64 (RFC 4648) from bytes to bytes: no copy of a value ever becomes a string, which cannot be wiped.
 * Called by extract.ts. Pure.
 */

const INVALID = -1;
const STANDARD = sextets('+', '/');
const URL_SAFE = sextets('-', '_');
const LF = 0x0a;
const CR = 0x0d;
const PADDING = 0x3d;

/**
 * The decoded bytes, or undefined when `bytes` are not exactly that encoding. Line breaks are skipped, since
 * `base64` prints them; other characters, unused bits that are set and wrong padding are refused. Base64 needs its
 * padding, Base64URL may leave it out.
 */
export function decodeBase64(bytes: Buffer, alphabet: 'Base64' | 'Base64URL'): Buffer | undefined {
  const table = alphabet === 'Base64' ? STANDARD : URL_SAFE;
  const out = Buffer.alloc(Math.floor((bytes.length * 3) / 4));
  const length = decodeInto(out, bytes, table, alphabet === 'Base64URL');
  const decoded = length === undefined ? undefined : Buffer.from(out.subarray(0, length));
  out.fill(0);
  return decoded;
}

/** How many bytes were written; undefined for invalid input. */
function decodeInto(
  out: Buffer,
  bytes: Buffer,
  table: Int8Array,
  paddingOptional: boolean,
): number | undefined {
  let bits = 0;
  let digits = 0;
  let padding = 0;
  let length = 0;
  for (const byte of bytes) {
    if (byte === LF || byte === CR) continue;
    if (byte === PADDING) {
      padding++;
      continue;
    }
    const sextet = table[byte] ?? INVALID;
    if (sextet === INVALID || padding > 0) return undefined;
    bits = ((bits << 6) | sextet) & 0xfff;
    digits++;
    if (digits % 4 !== 1) out[length++] = (bits >> UNUSED_BITS[(digits % 4) as 0 | 2 | 3]) & 0xff;
  }
  return endsWell(digits, bits, padding, paddingOptional) ? length : undefined;
}

// bits that are left over after the 2nd, 3rd and 4th digit of a group
const UNUSED_BITS = { 2: 4, 3: 2, 0: 0 } as const;

function endsWell(digits: number, bits: number, padding: number, paddingOptional: boolean): boolean {
  const rest = digits % 4;
  if (rest === 1) return false;
  const due = (4 - rest) % 4;
  if (padding !== due && !(paddingOptional && padding === 0)) return false;
  const unused = rest === 2 ? 0xf : rest === 3 ? 0x3 : 0;
  return (bits & unused) === 0;
}

function sextets(char62: string, char63: string): Int8Array {
  const alphabet = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${char62}${char63}`;
  const table = new Int8Array(256).fill(INVALID);
  for (const [value, char] of [...alphabet].entries()) table[char.charCodeAt(0)] = value;
  return table;
}
