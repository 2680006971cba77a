/**
 * Connection strings of databases: the password is masked, the rest stays readable.
 * What connection strings are written with: https://learn.microsoft.com/dotnet/framework/data/adonet/connection-strings
 * and https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
 */
import { KEYS, PASSWORD, PLACEHOLDERS, SCHEMES } from './token-database-words.ts';
import {
  type Anchor,
  anchorWithin,
  anyCase,
  but,
  bytes,
  maskFrom,
  maskTo,
  not,
  type Part,
  run,
  runBefore,
  type Shape,
  type TokenPattern,
  union,
  words,
} from './token-shape.ts';

const LINE = [';', '"', "'", '\n', '\r'] as const;
const BLANK = [' ', '\t'] as const;
/** A value of a pair that is not masked. */
const VALUE = but(...LINE);
const SECRET = but(...LINE, ...BLANK);
const JDBC_PLACE = but('?', '&', ...LINE, ...BLANK);
const blanks = run(bytes(...BLANK), 0, 2);
/** What a program writes in the place of a password. */
const noPlaceholder = not(...PLACEHOLDERS);

const url: Shape = {
  notBehind: bytes('a-z', 'A-Z', '0-9', '+', '.', '-'),
  anchor: anchorWithin(36, bytes('a-z', 'A-Z', '0-9', '+'), '://'),
  parts: [
    anyCase(...SCHEMES),
    run(bytes('a-z', 'A-Z', '0-9', '+'), 0, 24),
    words('://'),
    run(but(':', '@', '/', '<', '>', '`', ...LINE, ...BLANK), 0, 256),
    words(':'),
    noPlaceholder,
    maskFrom,
    runBefore(but('/', '<', '>', '`', '"', "'", '\n', '\r', ...BLANK), '@', 1, 512),
  ],
};

/** `User ID=sa;Password=…` */
const passwordAfter: Shape = {
  notBehind: bytes('a-z', 'A-Z', '0-9', '_', '-'),
  anchor: anchorWithin(232, VALUE, ';password', ';pwd', '; password', '; pwd'),
  parts: [
    anyCase(...KEYS),
    blanks,
    words('='),
    run(VALUE, 0, 200),
    words(';'),
    blanks,
    anyCase(...PASSWORD),
    noPlaceholder,
    maskFrom,
    run(SECRET, 1, 256),
  ],
};

/** `Password=…;User ID=sa` */
const passwordBefore: Shape = {
  notBehind: bytes('a-z', 'A-Z', '0-9', '_', '-'),
  anchor: anchorWithin(0, bytes(), 'password', 'pwd'),
  parts: [
    anyCase(...PASSWORD),
    noPlaceholder,
    maskFrom,
    run(SECRET, 1, 256),
    maskTo,
    words(';'),
    blanks,
    anyCase(...KEYS),
    blanks,
    words('='),
  ],
};

/** `cache.redis.cache.windows.net:6380,password=…,ssl=True`: options of StackExchange.Redis. */
const redisOptions: Shape = {
  notBehind: bytes('a-z', 'A-Z', '0-9', '_', '-'),
  anchor: anchorWithin(0, bytes(), 'password'),
  parts: [
    anyCase('password'),
    words('='),
    noPlaceholder,
    maskFrom,
    run(but(',', ...LINE, ...BLANK), 1, 256),
    maskTo,
    words(','),
    anyCase(
      'ssl',
      'abortConnect',
      'connectTimeout',
      'connectRetry',
      'syncTimeout',
      'defaultDatabase',
      'user',
    ),
    words('='),
  ],
};

/** `jdbc:postgresql://db/app?user=app&password=…`: before the password stands a `user=`, or nothing. */
function jdbc(anchor: Anchor, ...parameters: readonly Part[]): Shape {
  return {
    notBehind: bytes('a-z', 'A-Z', '0-9', '_', '-'),
    anchor,
    parts: [
      anyCase('jdbc:'),
      run(JDBC_PLACE, 4, 120),
      words('?'),
      ...parameters,
      anyCase('password='),
      noPlaceholder,
      maskFrom,
      run(but('&', ...LINE, ...BLANK), 1, 256),
    ],
  };
}

const jdbcFirst = jdbc(anchorWithin(125, JDBC_PLACE, '?password='));
const jdbcSecond = jdbc(
  anchorWithin(195, union(JDBC_PLACE, bytes('?')), '&password='),
  anyCase('user='),
  run(JDBC_PLACE, 0, 64),
  words('&'),
);

export const DATABASE_PATTERNS: readonly TokenPattern[] = [
  {
    id: 'database-connection-string',
    title: 'Database connection strings',
    shapes: [url, passwordAfter, passwordBefore, redisOptions, jdbcFirst, jdbcSecond],
  },
];
