/** Sealed boxes: byte for byte what GitHub's clients make, and nothing that was changed is opened. */
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import libsodium from 'libsodium-wrappers';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../model/box-digest.ts';
import { scopeKeyPair } from './scope-keys.ts';
import { open, SEAL_BYTES, seal } from './sealed-box.ts';

await libsodium.ready;

const UID = '6f0c3c1e-0d8f-4c7f-9c55-0b8f8a2f6f11';
const master = createSecretKey(Buffer.alloc(32, 7));
const pair = scopeKeyPair({ master, epoch: 1 }, UID);
const ephemeral = Buffer.alloc(32, 5);

/** crypto_box_seal from its parts, with an ephemeral key that is known. */
function sealedByHand(plain: Buffer, publicKey: Buffer, secret: Buffer): Buffer {
  const mine = libsodium.crypto_scalarmult_base(secret);
  const both = Buffer.concat([mine, publicKey]);
  const nonce = libsodium.crypto_generichash(libsodium.crypto_box_NONCEBYTES, both, null);
  return Buffer.concat([mine, libsodium.crypto_box_easy(plain, nonce, publicKey, secret)]);
}

describe('GX31: a sealed box', () => {
  const github = {
    publicKey: Buffer.from('CDjXqf7AJBXWhMczcy+Fs7JlACEptgceysutztHaFQI=', 'base64'),
    sealed: 'UKYUCbHd0DJemxa3AOcZ6XcsBwALG9d4bpB8ZT0gSV39vl3BHiGSgj8zJapDxgB2BwqNqRhpjC4=',
  };
  const plain = Buffer.from('a secret');

  it("is, with the ephemeral key of gh's test, byte for byte gh's", () => {
    expect(sealedByHand(plain, github.publicKey, ephemeral).toString('base64')).toBe(github.sealed);
  });

  it('that is made like this for a scope is opened', async () => {
    expect(await open(sealedByHand(plain, pair.publicKey, ephemeral), pair)).toEqual(plain);
  });

  it("gh's is for another key, and says no more than that", async () => {
    expect(await open(Buffer.from(github.sealed, 'base64'), pair)).toBeUndefined();
  });

  it("that libsodium's own function makes is opened, and what we make libsodium opens", async () => {
    expect(await open(Buffer.from(libsodium.crypto_box_seal(plain, pair.publicKey)), pair)).toEqual(plain);
    const ours = await seal(plain, pair.publicKey);
    expect(Buffer.from(libsodium.crypto_box_seal_open(ours, pair.publicKey, pair.privateKey))).toEqual(plain);
  });
});

describe('opening', () => {
  it('gives back any bytes that were sealed, which are 48 longer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        const box = await seal(Buffer.from(bytes), pair.publicKey);
        expect(box.length).toBe(bytes.length + SEAL_BYTES);
        expect(await open(box, pair)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a box of which any byte was changed', async () => {
    const box = await seal(Buffer.from('a secret'), pair.publicKey);
    for (let at = 0; at < box.length; at++) {
      const changed = Buffer.from(box);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at);
      expect([at, await open(changed, pair)]).toEqual([at, undefined]);
    }
  });

  it('refuses a box of which anything is missing, down to nothing, or that goes on', async () => {
    const box = await seal(Buffer.from('a secret'), pair.publicKey);
    for (let length = 0; length < box.length; length++)
      expect([length, await open(box.subarray(0, length), pair)]).toEqual([length, undefined]);
    expect(await open(Buffer.concat([box, Buffer.of(0)]), pair)).toBeUndefined();
  });

  it.each([
    ['another scope', scopeKeyPair({ master, epoch: 1 }, 'another')],
    ['another epoch', scopeKeyPair({ master, epoch: 2 }, UID)],
    ['another installation', scopeKeyPair({ master: createSecretKey(Buffer.alloc(32, 8)), epoch: 1 }, UID)],
  ])('refuses a box for %s', async (_, other) => {
    expect(await open(await seal(Buffer.from('a secret'), other.publicKey), pair)).toBeUndefined();
  });
});

describe('a box tells nothing', () => {
  it('THREATS 14: the same value sealed twice is two boxes, with two digests', async () => {
    const [one, two] = [
      await seal(Buffer.from('x'), pair.publicKey),
      await seal(Buffer.from('x'), pair.publicKey),
    ];
    expect(one.equals(two)).toBe(false);
    expect(digestOf(one)).not.toBe(digestOf(two));
  });

  it('and its digest is that of its bytes', () => {
    expect(digestOf(Buffer.from(''))).toBe(
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });
});
