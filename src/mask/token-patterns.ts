/**
 * The tokens that are found although nobody registered them: 14 types, the ones that GitHub says its runner masks.
 * GitHub's own patterns are not public; these are ours. docs/reference/detected-tokens.md is their table.
 *
 * Where the shapes come from:
 * - Azure's signatures: https://github.com/microsoft/security-utilities (GeneratedRegexPatterns)
 * - GitHub's prefixes: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 *   and, for the long ones of installations,
 *   https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
 * - npm: https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
 */
import { AZURE_PATTERNS } from './token-patterns-azure.ts';
import { DATABASE_PATTERNS } from './token-patterns-database.ts';
import {
  anchorAt,
  anchorWithin,
  anyCase,
  boundary,
  bytes,
  ENDLESS,
  maskFrom,
  run,
  type TokenPattern,
  union,
  words,
} from './token-shape.ts';

/** Of the whole set: another number wherever the same text may be masked differently. */
export const PATTERN_VERSION = '1';

const DIGIT = bytes('0-9');
const ALNUM = bytes('a-z', 'A-Z', '0-9');
const WORD = union(ALNUM, bytes('_'));
const BASE64URL = union(WORD, bytes('-'));
/** Parts of a JWT, with the dots between them. */
export const DOTTED = union(BASE64URL, bytes('.'));
/** RFC 6750, 2.1: b64token. */
export const TOKEN68 = union(DOTTED, bytes('~', '+', '/', '='));
const JSON_BEGINS = ['eyJ', 'eyAi', 'ewog'] as const;
const AROUND = bytes(' ', '\t', '"', "'", ':', '=', '[', '\\', ',');

const bearer: TokenPattern = {
  id: 'http-bearer',
  title: 'HTTP Bearer token headers',
  shapes: [
    {
      notBehind: bytes(),
      anchor: {
        ...anchorWithin(22, bytes('a-z', 'A-Z', ' ', '\t', '"', "'", ':', '=', '[', '\\', ','), 'bearer'),
        nearest: 14,
      },
      parts: [
        anyCase('authorization'),
        run(AROUND, 1, 8),
        anyCase('bearer'),
        run(bytes(' '), 1, 4),
        maskFrom,
        run(TOKEN68, 8, ENDLESS, DIGIT),
      ],
    },
    {
      // without the header's name, words such as "Bearer authentication" are near
      notBehind: WORD,
      anchor: anchorWithin(0, bytes(), 'bearer'),
      parts: [anyCase('bearer'), run(bytes(' '), 1, 4), maskFrom, run(TOKEN68, 20, ENDLESS, DIGIT)],
    },
  ],
};

const jwt: TokenPattern = {
  id: 'jwt',
  title: 'JSON Web Tokens',
  shapes: [
    {
      // signed: header and payload are objects
      notBehind: DOTTED,
      anchor: anchorAt(0, ...JSON_BEGINS),
      parts: [words(...JSON_BEGINS), run(BASE64URL, 12, 2048), words('.ey', '.ew'), run(DOTTED, 20, ENDLESS)],
    },
    {
      // encrypted: header, key, initialization vector, text, tag
      notBehind: DOTTED,
      anchor: anchorAt(0, ...JSON_BEGINS),
      parts: [
        words(...JSON_BEGINS),
        run(BASE64URL, 12, 2048),
        words('.'),
        run(BASE64URL, 0, 2048),
        words('.'),
        run(BASE64URL, 16, 22),
        words('.'),
        run(DOTTED, 20, ENDLESS),
      ],
    },
  ],
};

const npm: TokenPattern = {
  id: 'npm-author',
  title: 'NPM author tokens',
  shapes: [
    {
      notBehind: WORD,
      anchor: anchorAt(0, 'npm_'),
      parts: [words('npm_'), run(ALNUM, 36), boundary(WORD)],
    },
    {
      // a line of .npmrc; the tokens of before 2021 are UUIDs
      notBehind: WORD,
      anchor: anchorAt(0, '_authToken'),
      parts: [words('_authToken'), run(bytes(' ', '=', '"'), 1, 4), maskFrom, run(TOKEN68, 16, 512)],
    },
  ],
};

const nuget: TokenPattern = {
  id: 'nuget-api-key',
  title: 'NuGet API keys',
  shapes: [
    {
      notBehind: union(WORD, bytes('-')),
      anchor: anchorAt(0, 'oy2'),
      parts: [words('oy2'), run(bytes('a-z', '0-9'), 43), boundary(union(WORD, bytes('-')))],
    },
  ],
};

const installationV1: TokenPattern = {
  id: 'github-installation-v1',
  title: 'v1 GitHub installation tokens',
  shapes: [
    {
      // behind a colon, slash or @ it is the version of an image, a module or an action, which may be a commit
      notBehind: union(WORD, bytes('.', '-', '/', ':', '@')),
      anchor: anchorAt(0, 'v1.'),
      parts: [words('v1.'), run(bytes('0-9', 'a-f'), 40), boundary(union(WORD, bytes('-', '.')))],
    },
  ],
};

const installationV2: TokenPattern = {
  id: 'github-v2',
  title: 'v2 GitHub tokens (ghp, gho, ghu, ghs, ghr)',
  shapes: [
    {
      notBehind: WORD,
      anchor: anchorAt(0, 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'),
      parts: [words('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'), run(ALNUM, 36, 251), boundary(WORD)],
    },
    {
      // ghs_APPID_JWT since 2026
      notBehind: DOTTED,
      anchor: anchorAt(0, 'ghs_'),
      parts: [words('ghs_'), run(DOTTED, 36, ENDLESS, DIGIT)],
    },
  ],
};

const personalV2: TokenPattern = {
  id: 'github-pat-v2',
  title: 'v2 GitHub personal access tokens',
  shapes: [
    {
      notBehind: WORD,
      anchor: anchorAt(0, 'github_pat_'),
      parts: [words('github_pat_'), run(ALNUM, 22), words('_'), run(ALNUM, 59, 222), boundary(WORD)],
    },
  ],
};

export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  ...AZURE_PATTERNS,
  ...DATABASE_PATTERNS,
  bearer,
  jwt,
  npm,
  nuget,
  installationV1,
  installationV2,
  personalV2,
];
