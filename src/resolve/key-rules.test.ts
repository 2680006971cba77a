import { describe, expect, it } from 'vitest';
import type { Provider } from '../model/facts.ts';
import { keyFault } from './key-rules.ts';

const both: Provider[] = ['kubernetes', 'memory'];

describe('a key that no provider is asked for', () => {
  it.each([
    ['nothing', ''],
    ['a space', 'a b'],
    ['a line feed at the end', 'a\n'],
    ['a zero byte', 'a\u0000'],
    ['an escape sequence', 'a\u001b[31m'],
    ['a letter beyond ASCII', 'caf\u00e9'],
    ['a full-width slash', 'a\uff0fb'],
    ['a zero-width space', 'a\u200bb'],
    ['a way up', '../x'],
    ['a way up inside', 'teams/a/../b/x'],
    ['a way up at the end', 'a/..'],
    ['a step on the spot', './x'],
    ['an encoded slash', 'teams%2fx'],
    ['an encoded dot', 'a/%2e%2e/b'],
    ['a backslash', 'a\\..\\b'],
  ])('FAULTS 6: is one with %s', (_case, key) => {
    for (const provider of both) expect(keyFault(provider, key)).toEqual(expect.any(String));
  });

  it.each([
    ['an upper-case letter', 'Vault'],
    ['a slash', 'acme/web'],
    ['an underscore', 'a_b'],
    ['a dash in front', '-a'],
    ['a dot at the end', 'a.'],
    ['254 characters', 'a'.repeat(254)],
  ])('in Kubernetes, is one with %s', (_case, key) => {
    expect(keyFault('kubernetes', key)).toEqual(expect.any(String));
    expect(keyFault('memory', key)).toBeUndefined();
  });

  it('a provider that this version does not know is asked for nothing', () => {
    expect(keyFault('vault' as Provider, 'a')).toMatch(/does not know/);
  });
});

describe('a key that is asked for', () => {
  it.each(['a', 'db-credentials', 'a.b-c.9', 'a'.repeat(253)])('in Kubernetes: %s', (key) => {
    expect(keyFault('kubernetes', key)).toBeUndefined();
  });

  it.each(['a', 'acme/web/db', 'A_B', 'a..b/c...d', '/a//b/', 'a+=@,!~'])('elsewhere: %s', (key) => {
    expect(keyFault('memory', key)).toBeUndefined();
  });
});
