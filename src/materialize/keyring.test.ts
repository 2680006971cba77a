import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyringFrom, macEquals } from './keyring.ts';
import { KEYRING, OTHER_KEYRING } from './secrets-fixture.ts';

const anyParts = fc.array(
  fc.oneof(
    fc.string(),
    fc.constantFrom('', '1:', 'a', 'ab', '1:a'),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ),
  { maxLength: 4 },
);

const bytesOf = (parts: readonly (string | Buffer)[]) =>
  parts.map((part) => Buffer.from(part).toString('hex'));

describe('a MAC', () => {
  it('differs whenever the parts differ, also where their sum is the same', () => {
    fc.assert(
      fc.property(anyParts, anyParts, (a, b) => {
        const same = JSON.stringify(bytesOf(a)) === JSON.stringify(bytesOf(b));
        expect(KEYRING.mac(a) === KEYRING.mac(b)).toBe(same);
      }),
    );
    expect(KEYRING.mac(['a', 'bc'])).not.toBe(KEYRING.mac(['ab', 'c']));
    expect(KEYRING.mac(['abc'])).not.toBe(KEYRING.mac(['abc', '']));
    expect(KEYRING.mac(['1:a'])).not.toBe(KEYRING.mac(['a', '']));
  });

  it('takes text and its bytes for the same', () => {
    expect(KEYRING.mac(['né'])).toBe(KEYRING.mac([Buffer.from('né')]));
  });

  it('FAULTS 42: differs from installation to installation, so that values cannot be compared across them', () => {
    expect(KEYRING.mac(['value', 'x'])).not.toBe(OTHER_KEYRING.mac(['value', 'x']));
  });

  it('is 22 characters that an annotation takes as they are', () => {
    expect(KEYRING.mac(['x'])).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe('comparing MACs', () => {
  it.each([
    ['equal ones', 'abc', 'abc', true],
    ['one letter', 'abc', 'abd', false],
    ['another length', 'abc', 'abcd', false],
    ['none at all', '', '', true],
    ['letters of several bytes', 'né', 'ne', false],
  ])('%s', (_case, a, b, equal) => {
    expect(macEquals(a, b)).toBe(equal);
  });
});

describe('the name of a key', () => {
  it('is the same for the same key and another for another', () => {
    expect(keyringFrom(Buffer.alloc(32, 7)).keyId).toBe(KEYRING.keyId);
    expect(OTHER_KEYRING.keyId).not.toBe(KEYRING.keyId);
  });

  it('tells nothing of the key, nor does the keyring when printed', () => {
    const key = randomBytes(32);
    const printed = inspect(keyringFrom(key), { depth: 9, showHidden: true }) + keyringFrom(key).keyId;
    for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
      expect(printed).not.toContain(key.toString(form).slice(0, 12));
  });

  it('cannot be made by a MAC of parts', () => {
    expect(KEYRING.mac(['secretscope key id']).slice(0, 8)).not.toBe(KEYRING.keyId);
  });
});

it('a key of less than 32 bytes is refused', () => {
  expect(() => keyringFrom(randomBytes(31))).toThrow(RangeError);
});
