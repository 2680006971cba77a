/** How programs write a value into an address or a form, where the runner knows upper-case RFC 3986 only. */

/** What a common function leaves as it is, besides letters, digits and `-._`; and how it writes a space. */
const STYLES: readonly { readonly kept: string; readonly space: string }[] = [
  // RFC 3986: .NET, the runner; here for its lower case
  { kept: '~', space: '%20' },
  // encodeURIComponent
  { kept: "~!'()*", space: '%20' },
  // encodeURI
  { kept: "~!'()*;,/?:@&=+$#", space: '%20' },
  // quote of Python, whose default leaves the slash
  { kept: '~/', space: '%20' },
  // quote_plus of Python, url.QueryEscape of Go
  { kept: '~', space: '+' },
  // application/x-www-form-urlencoded: URLSearchParams, URLEncoder of Java
  { kept: '*', space: '+' },
  // urlencode of PHP
  { kept: '', space: '+' },
];

type Alphabet = readonly string[];

const UPPER: readonly Alphabet[] = STYLES.map(({ kept, space }) =>
  Array.from({ length: 256 }, (_, byte) => written(byte, kept, space)),
);
const LOWER: readonly Alphabet[] = UPPER.map((alphabet) =>
  alphabet.map((text) => (text.length === 3 ? text.toLowerCase() : text)),
);
const ALPHABETS = [...UPPER, ...LOWER];

/** `a+b` may be a sum: forms as short as that are left out. */
const MIN_LENGTH = 4;

export function percentForms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  return ALPHABETS.map((alphabet) => encode(bytes, alphabet)).filter((form) => form.length >= MIN_LENGTH);
}

function encode(bytes: Uint8Array, alphabet: Alphabet): string {
  let encoded = '';
  for (const byte of bytes) encoded += alphabet[byte] ?? '';
  return encoded;
}

function written(byte: number, kept: string, space: string): string {
  const character = String.fromCharCode(byte);
  if (character === ' ') return space;
  const plain = /[A-Za-z0-9._-]/.test(character) || kept.includes(character);
  return plain ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
}
