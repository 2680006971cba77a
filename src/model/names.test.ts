import { describe, expect, it } from 'vitest';
import {
  byName,
  canonicalName,
  isLoaderName,
  MAX_SECRET_NAME,
  MAX_TARGET_BYTES,
  MAX_VALUE_BYTES,
  type NameFault,
  nameFaults,
  SECRET_NAME,
} from './names.ts';

const longest = 'L'.repeat(MAX_SECRET_NAME);

describe('a name that can be a secret’s', () => {
  it.each([
    ['TOKEN', 'TOKEN'],
    ['token', 'TOKEN'],
    ['Db_Url_2', 'DB_URL_2'],
    ['_', '_'],
    ['_9', '_9'],
    ['x', 'X'],
    ['GITHUB', 'GITHUB'],
    ['GITHUBX', 'GITHUBX'],
    ['_GITHUB_X', '_GITHUB_X'],
    ['MY_GITHUB_X', 'MY_GITHUB_X'],
    [longest, longest],
  ])('G14: %s is accepted and stored as %s', (entered, stored) => {
    expect(nameFaults(entered)).toEqual([]);
    expect(canonicalName(entered)).toBe(stored);
    expect(SECRET_NAME.test(canonicalName(entered))).toBe(true);
  });
});

describe('a name that cannot', () => {
  it.each<[string, string, NameFault[]]>([
    ['nothing at all', '', ['EMPTY']],
    ['a space inside', 'DB URL', ['INVALID_CHARACTER']],
    ['a space in front', ' DB', ['INVALID_CHARACTER']],
    ['a dash', 'DB-URL', ['INVALID_CHARACTER']],
    ['a dot', 'DB.URL', ['INVALID_CHARACTER']],
    ['a slash', 'DB/URL', ['INVALID_CHARACTER']],
    ['FAULTS 6: a way out of a directory', '../DB', ['INVALID_CHARACTER']],
    ['FAULTS 6: an encoded slash', 'DB%2FURL', ['INVALID_CHARACTER']],
    ['a dollar', '$DB', ['INVALID_CHARACTER']],
    ['a line feed at the end', 'DB\n', ['INVALID_CHARACTER']],
    ['a carriage return', 'D\rB', ['INVALID_CHARACTER']],
    ['a zero byte', 'D\u0000B', ['INVALID_CHARACTER']],
    ['a letter with an accent', 'CAF\u00c9', ['INVALID_CHARACTER']],
    ['a Greek capital that looks Latin', '\u0391BC', ['INVALID_CHARACTER']],
    ['a full-width letter', '\uff22', ['INVALID_CHARACTER']],
    ['an Arabic digit', 'A\u0661', ['INVALID_CHARACTER']],
    ['a combining mark', 'A\u0301', ['INVALID_CHARACTER']],
    ['a soft hyphen', 'A\u00adB', ['INVALID_CHARACTER']],
    ['K10: the Kelvin sign, a k to /i with /u', 'TO\u212aEN', ['INVALID_CHARACTER']],
    ['K10: the long s, an S once upper-cased', '\u017fALT', ['INVALID_CHARACTER']],
    ['K10: a dotless i, an I once upper-cased', '\u0131D', ['INVALID_CHARACTER']],
    ['G13: a digit in front', '9LIVES', ['LEADING_DIGIT']],
    ['G13: a digit alone', '7', ['LEADING_DIGIT']],
    ['G13: a nought in front', '0X', ['LEADING_DIGIT']],
    ['G12: the reserved prefix', 'GITHUB_SHA', ['RESERVED_PREFIX']],
    ['G12: the reserved prefix alone', 'GITHUB_', ['RESERVED_PREFIX']],
    ['G12: the reserved prefix in lower case', 'github_sha', ['RESERVED_PREFIX']],
    ['G12: the reserved prefix in mixed case', 'gitHub_sha', ['RESERVED_PREFIX']],
    ['Q6: one character too many', `${longest}L`, ['TOO_LONG']],
    [
      'every reason at once',
      `1${'-'.repeat(MAX_SECRET_NAME)}`,
      ['INVALID_CHARACTER', 'LEADING_DIGIT', 'TOO_LONG'],
    ],
    ['prefix and character at once', 'github_a-b', ['INVALID_CHARACTER', 'RESERVED_PREFIX']],
  ])('G11: if it has %s, it is refused with every reason', (_case, entered, faults) => {
    expect(nameFaults(entered)).toEqual(faults);
  });

  it('Q13: a name that W&B alone would take is refused too', () => {
    expect(nameFaults('GITHUB_TOKEN')).not.toEqual([]);
  });
});

describe('the stored form', () => {
  it('K10: only ASCII letters change, so its length never does', () => {
    expect(canonicalName('stra\u00dfe_\u017f_\ufb01')).toBe('STRA\u00dfE_\u017f_\ufb01');
  });
});

describe('the order of names', () => {
  it('Q2: digits come before letters, letters before the underscore', () => {
    const names = ['A_B', 'AB', 'A1', 'A', '_A', 'Z'];
    expect(names.toSorted(byName)).toEqual(['A', 'A1', 'AB', 'A_B', 'Z', '_A']);
  });

  it('equal names have no order', () => {
    expect(byName('A', 'A')).toBe(0);
    expect([byName('A', 'B'), byName('B', 'A')]).toEqual([-1, 1]);
  });
});

describe('limits', () => {
  it('G56, Q1: 48 KB are 49,152 bytes', () => {
    expect(MAX_VALUE_BYTES).toBe(48 * 1024);
  });

  it('a Secret holds 1 MiB, whatever it is made of', () => {
    expect(MAX_TARGET_BYTES).toBe(1024 * 1024);
  });
});

describe('names that loaders and interpreters obey', () => {
  it.each([
    'LD_PRELOAD',
    'DYLD_INSERT_LIBRARIES',
    'GLIBC_TUNABLES',
    'OPENSSL_CONF',
    'NODE_OPTIONS',
    'BASH_ENV',
    'ENV',
    'PATH',
    'PYTHONSTARTUP',
    'PERL5OPT',
    'RUBYOPT',
    'JAVA_TOOL_OPTIONS',
    'DOTNET_STARTUP_HOOKS',
    'CORECLR_PROFILER',
    'GIT_SSH_COMMAND',
    'KUBERNETES_SERVICE_HOST',
  ])('THREATS 17: %s is one', (name) => {
    expect(isLoaderName(name)).toBe(true);
  });

  it.each([
    'PATHS',
    'MY_PATH',
    'ENVIRONMENT',
    'OLD_KEY',
    'LDAP_PASSWORD',
    'DIGIT_KEY',
    'NODE_ENV',
    'HOMEPAGE',
  ])('%s is an ordinary name', (name) => {
    expect(isLoaderName(name)).toBe(false);
  });
});
