/** Texts, secrets and chunks that are hard to mask: little alphabets, secrets within secrets, pieces of forms, cuts inside of characters. */
import fc from 'fast-check';
import { runnerForms } from './runner-encoders.ts';

export interface Masking {
  readonly text: string;
  readonly secrets: readonly string[];
  /** The bytes of the text. Some may be empty. */
  readonly chunks: readonly Uint8Array[];
}

const ALPHABETS: readonly (readonly string[])[] = [
  ['a'],
  ['a', 'b'],
  ['a', 'b', '*'],
  // what encoders write in another way
  ['a', '"', "'", '&', '+', '<', '\\'],
  ['a', ' ', '%', '/', '=', '~', '!'],
  ['a', '\n', '\r', '\t', '\u0000', '\u2028'],
  // two, three and four bytes, composed and not, a character of several code points
  ['a', 'é', 'e\u0301', '비', '\u{1f511}', '\u{1f468}\u200d\u{1f469}'],
  // characters that share all bytes but one
  ['\u{1f511}', '\u{1f510}', '\u{1f411}', '비', '밀'],
];

/** A secret is some characters, or made of the secret before it; it may be empty. */
const anySecret = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('own' as const), picks: picks(1, 9) }) },
  fc.record({ kind: fc.constant('prefix' as const), picks: picks(1, 1) }),
  fc.record({ kind: fc.constant('suffix' as const), picks: picks(1, 1) }),
  fc.record({ kind: fc.constant('around' as const), picks: picks(1, 2) }),
  fc.record({ kind: fc.constant('doubled' as const), picks: picks(0, 0) }),
);
type SecretPlan = typeof anySecret extends fc.Arbitrary<infer Plan> ? Plan : never;

/** A text is other characters, secrets, their forms, and pieces of both. */
const anyPiece = fc.record({
  kind: fc.constantFrom(
    'other',
    'secret',
    'form',
    'secretStart',
    'secretEnd',
    'formStart',
    'formEnd',
    'base64',
    'mask',
  ),
  which: fc.nat({ max: 99 }),
  at: fc.nat({ max: 30 }),
});
type PiecePlan = typeof anyPiece extends fc.Arbitrary<infer Plan> ? Plan : never;

const anyCutting = fc.oneof(
  fc.constant('whole' as const),
  fc.constant('bytes' as const),
  fc.array(fc.nat({ max: 400 }), { maxLength: 12 }),
);

export const anyMasking: fc.Arbitrary<Masking> = fc
  .record({
    alphabet: fc.constantFrom(...ALPHABETS),
    secrets: fc.array(anySecret, { minLength: 1, maxLength: 5 }),
    pieces: fc.array(anyPiece, { maxLength: 12 }),
    cutting: anyCutting,
  })
  .map(({ alphabet, secrets: plans, pieces, cutting }) => {
    const secrets = secretsOf(plans, alphabet);
    const text = pieces
      .map((piece) => textOf(piece, secrets, alphabet))
      .join('')
      .toWellFormed();
    return { text, secrets, chunks: cut(Buffer.from(text), cutting) };
  });

function picks(minLength: number, maxLength: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat({ max: 99 }), { minLength, maxLength });
}

function pick<T>(items: readonly T[], index: number, otherwise: T): T {
  return items[index % items.length] ?? otherwise;
}

function secretsOf(plans: readonly SecretPlan[], alphabet: readonly string[]): readonly string[] {
  const secrets: string[] = [];
  for (const plan of plans) {
    secrets.push(secretOf(plan, secrets.at(-1) ?? alphabet.join(''), alphabet).toWellFormed());
  }
  return secrets;
}

function secretOf({ kind, picks: own }: SecretPlan, last: string, alphabet: readonly string[]): string {
  const [at = 0] = own;
  const letters = own.map((index) => pick(alphabet, index, '')).join('');
  switch (kind) {
    case 'own':
      return letters;
    case 'prefix':
      return last.slice(0, at % (last.length + 1));
    case 'suffix':
      return last.slice(at % (last.length + 1));
    case 'around':
      return letters + last + letters;
    case 'doubled':
      return last + last;
    default:
      return kind satisfies never;
  }
}

function textOf(
  { kind, which, at }: PiecePlan,
  secrets: readonly string[],
  alphabet: readonly string[],
): string {
  const secret = pick(secrets, which, '');
  const form = pick(runnerForms(secret), at, '');
  switch (kind) {
    case 'other':
      return pick(alphabet, which, '').repeat(at % 4);
    case 'secret':
      return secret;
    case 'form':
      return form;
    case 'secretStart':
      return secret.slice(0, at);
    case 'secretEnd':
      return secret.slice(-at);
    case 'formStart':
      return form.slice(0, at);
    case 'formEnd':
      return form.slice(-at);
    case 'base64':
      return Buffer.from('x'.repeat(at % 4) + secret + 'y'.repeat(which % 4)).toString('base64');
    case 'mask':
      return '***'.slice(at % 3);
    default:
      return kind satisfies never;
  }
}

function cut(bytes: Buffer, cutting: 'whole' | 'bytes' | readonly number[]): readonly Uint8Array[] {
  if (cutting === 'whole') return [bytes];
  if (cutting === 'bytes') return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const ends = [
    ...cutting.map((at) => at % (bytes.length + 1)).toSorted((one, other) => one - other),
    bytes.length,
  ];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
