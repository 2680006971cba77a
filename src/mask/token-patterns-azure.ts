/**
 * Keys of Azure. Newer ones carry a signature at a fixed place, older ones are 32 or 64 random bytes in base64, which
 * checksums and images are as well: those are found behind the name of a key only.
 * Signatures: https://github.com/microsoft/security-utilities, GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json
 */
import {
  anchorAt,
  anchorWithin,
  anyCase,
  boundary,
  bytes,
  maskFrom,
  type Part,
  run,
  type Shape,
  type TokenPattern,
  union,
  words,
} from './token-shape.ts';

const ALNUM = bytes('a-z', 'A-Z', '0-9');
const BASE64 = union(ALNUM, bytes('+', '/'));
const BASE64URL = union(ALNUM, bytes('-', '_'));
const AROUND = union(BASE64, BASE64URL);
const NOT_AFTER = union(AROUND, bytes('='));
const APP_PASSWORD = union(BASE64URL, bytes('.', '~'));
const LAST_OF_64 = bytes('A', 'Q', 'g', 'w');

/** `before` bytes, one of the signatures, and what comes after it. */
function signed(
  before: number,
  of: Uint8Array,
  signatures: readonly string[],
  ...after: readonly Part[]
): Shape {
  return {
    notBehind: AROUND,
    anchor: anchorAt(before, ...signatures),
    parts: [run(of, before), words(...signatures), ...after, boundary(NOT_AFTER)],
  };
}

const signed32 = (...signatures: readonly string[]) =>
  signed(33, BASE64, signatures, run(bytes('A-P'), 1), run(BASE64, 5), words('='));
const signed64 = (...signatures: readonly string[]) =>
  signed(76, BASE64, signatures, run(BASE64, 5), run(LAST_OF_64, 1), words('=='));
const signed39 = (of: Uint8Array, ...signatures: readonly string[]) =>
  signed(42, of, signatures, run(bytes('A-D'), 1), run(of, 5));

const KEY_NAMES = [
  'AccountKey',
  'SharedAccessKey',
  'SharedSecretValue',
  'AccessKey',
  'StorageKey',
  'StorageAccountKey',
  'account_key',
  'access_key',
  'shared_access_key',
  'storage_key',
] as const;

/** Base64 behind the name of a key, as in `AccountKey=…;` or `"accountKey": "…"`. */
function named(length: number, padding: string): Shape {
  return {
    notBehind: bytes(),
    anchor: anchorWithin(0, bytes(), ...KEY_NAMES.map((name) => name.toLowerCase())),
    parts: [
      anyCase(...KEY_NAMES),
      run(bytes(' ', '\t', '"', "'", ':', '=', '\\'), 1, 8),
      maskFrom,
      run(BASE64, length),
      words(padding),
      boundary(NOT_AFTER),
    ],
  };
}

/** 84 characters, or 88 with their padding: common annotated security keys. */
const annotated: Shape = {
  notBehind: AROUND,
  anchor: anchorAt(52, 'JQQJ9'),
  parts: [
    run(ALNUM, 52),
    words('JQQJ9'),
    run(bytes('9', 'D', 'H'), 1),
    run(ALNUM, 1),
    run(bytes('A-L'), 1),
    run(ALNUM, 24, 26),
    run(bytes('='), 0, 2),
    boundary(NOT_AFTER),
  ],
};

export const AZURE_PATTERNS: readonly TokenPattern[] = [
  {
    id: 'azure-key',
    title: 'Azure keys of 32 and 64 bytes',
    shapes: [
      signed32('+ASb', '+AEh', '+ARm', 'AIoT', 'AZEG'),
      signed64('+ASt', 'ACDb', '+ABa', '+AMC', 'APIM'),
      annotated,
      named(43, '='),
      named(86, '=='),
    ],
  },
  {
    id: 'azure-ad-client-secret',
    title: 'Azure AD client app passwords',
    shapes: [
      {
        notBehind: union(APP_PASSWORD, BASE64),
        anchor: anchorAt(3, '7Q~', '8Q~'),
        parts: [
          run(APP_PASSWORD, 3),
          words('7Q~', '8Q~'),
          run(APP_PASSWORD, 31, 34),
          boundary(union(APP_PASSWORD, BASE64)),
        ],
      },
    ],
  },
  { id: 'azure-cache-key', title: 'Azure Cache keys', shapes: [signed32('AzCa')] },
  { id: 'azure-registry-key', title: 'Azure Container Registry keys', shapes: [signed39(BASE64, '+ACR')] },
  {
    id: 'azure-function-key',
    title: 'Azure Function host keys',
    shapes: [signed(44, BASE64URL, ['AzFu'], run(BASE64URL, 5), run(LAST_OF_64, 1), words('=='))],
  },
  { id: 'azure-search-key', title: 'Azure Search keys', shapes: [signed39(ALNUM, 'AzSe')] },
];
