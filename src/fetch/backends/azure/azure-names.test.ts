import { describe, expect, it } from 'vitest';
import { isVaultSecretName, isVaultVersion } from './azure-names.ts';

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
});

describe('a version', () => {
  it('is 32 hexadecimal digits', () => {
    expect(isVaultVersion('0123456789abcdef0123456789abcdef')).toBe(true);
    for (const other of ['', 'latest', '..', '0123456789ABCDEF0123456789ABCDEF', 'versions']) {
      expect(isVaultVersion(other)).toBe(false);
    }
  });
});
