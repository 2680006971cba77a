import { describe, expect, it } from 'vitest';
import { isBelowHyphens, isVaultSecretName, isVaultVersion, vaultNameFor } from './azure-names.ts';

describe('a name at a vault', () => {
  it.each(['a', 'NPM-TOKEN', '0', '-', 'x'.repeat(127)])('can be %s', (name) => {
    expect(isVaultSecretName(name)).toBe(true);
  });

  it.each(['', 'a_b', 'a.b', 'a/b', 'a%2fb', 'ä', 'ſ', 'a b', 'a\n', '..', 'x'.repeat(128)])(
    'cannot be "%s"',
    (name) => {
      expect(isVaultSecretName(name)).toBe(false);
    },
  );

  it('of an entry is its own: no entry has a hyphen', () => {
    expect(vaultNameFor('_NPM__TOKEN_1')).toBe('-NPM--TOKEN-1');
    expect(isVaultSecretName(vaultNameFor('_NPM__TOKEN_1'))).toBe(true);
  });
});

describe('a version', () => {
  it('is 32 hexadecimal digits', () => {
    expect(isVaultVersion('0123456789abcdef0123456789abcdef')).toBe(true);
    for (const other of ['', 'latest', '..', '0123456789ABCDEF0123456789ABCDEF', 'versions']) {
      expect(isVaultVersion(other)).toBe(false);
    }
  });
});

describe('a prefix', () => {
  it.each<[string, string, boolean]>([
    ['team-a-x', 'team-a', true],
    ['team-a-x', 'team-a-', true],
    ['team-ab', 'team-a', false],
    ['team-a', 'team-a', false],
    ['Team-a-x', 'team-a', false],
    ['team-a', '', true],
  ])('%s below "%s": %s', (key, prefix, expected) => {
    expect(isBelowHyphens(key, prefix)).toBe(expected);
  });
});
