/** Key pairs of scopes: one master makes them all, the same for ever, and none tells anything of another. */
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import libsodium from 'libsodium-wrappers';
import { describe, expect, it } from 'vitest';
import { keyIDOf, openingPairs, scopeKeyPair } from './scope-keys.ts';
import { open, seal } from './sealed-box.ts';

await libsodium.ready;

const UID = '6f0c3c1e-0d8f-4c7f-9c55-0b8f8a2f6f11';
const master = createSecretKey(Buffer.alloc(32, 7));
const at = (epoch: number) => ({ master, epoch });

describe('the key pair of a scope', () => {
  it('is the same in every version: whoever sealed to it years ago is still understood', () => {
    expect(scopeKeyPair(at(1), UID).publicKey.toString('base64')).toBe(
      'ijEa4Ajm4oBWLTZeTa/GJ00soeC0KOjYdAhzCuSvnjg=',
    );
  });

  it('is a pair as libsodium knows it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 1_000_000 }), (uid, epoch) => {
        const { publicKey, privateKey } = scopeKeyPair(at(epoch), uid);
        expect([publicKey.length, privateKey.length]).toEqual([32, 32]);
        expect(Buffer.from(libsodium.crypto_scalarmult_base(privateKey))).toEqual(publicKey);
      }),
      { numRuns: 50 },
    );
  });

  it('is another one for every scope, epoch and installation', () => {
    const other = createSecretKey(Buffer.alloc(32, 8));
    const pairs = [
      scopeKeyPair(at(1), UID),
      scopeKeyPair(at(1), `${UID}0`),
      scopeKeyPair(at(2), UID),
      scopeKeyPair(at(12), UID),
      scopeKeyPair({ master: other, epoch: 1 }, UID),
    ];
    expect(new Set(pairs.map(({ keyID }) => keyID)).size).toBe(pairs.length);
  });

  it('is not made of a key that somebody could guess', () => {
    const short = createSecretKey(Buffer.alloc(31, 7));
    expect(() => scopeKeyPair({ master: short, epoch: 1 }, UID)).toThrow(
      'a sealing key has at least 32 bytes',
    );
  });
});

describe('after a rotation', () => {
  it('boxes of now and of the epoch before are opened, older ones not', () => {
    const ids = (epoch: number) => openingPairs(at(epoch), UID).map(({ keyID }) => keyID);
    const idOf = (epoch: number) => scopeKeyPair(at(epoch), UID).keyID;
    expect(ids(1)).toEqual([idOf(1)]);
    expect(ids(2)).toEqual([idOf(2), idOf(1)]);
    expect(ids(9)).toEqual([idOf(9), idOf(8)]);
  });

  it('a box that was under way still arrives', async () => {
    const box = await seal(Buffer.from('a secret'), scopeKeyPair(at(1), UID).publicKey);
    const opened = await Promise.all(openingPairs(at(2), UID).map((pair) => open(box, pair)));
    expect(opened).toEqual([undefined, Buffer.from('a secret')]);
  });
});

describe('the name of a key', () => {
  it('is the first 16 hex digits of its SHA-256', () => {
    expect(keyIDOf(Buffer.alloc(0))).toBe('e3b0c44298fc1c14');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(keyIDOf(Buffer.from(key))).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});
