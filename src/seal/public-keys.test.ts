/** Where public keys are published, and what passes for one: nobody seals to what is only nearly a key. */
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PUBLIC_KEY_MAPS, publicKeyMap, publishedKey, readPublishedKey } from './public-keys.ts';
import { scopeKeyPair } from './scope-keys.ts';

const key = scopeKeyPair({ master: createSecretKey(Buffer.alloc(32, 7)), epoch: 1 }, 'uid');
const text = (change: object) => JSON.stringify({ ...JSON.parse(publishedKey(key)), ...change });

describe('the ConfigMaps with public keys', () => {
  it('are sixteen, named for a hex digit', () => {
    expect(PUBLIC_KEY_MAPS).toHaveLength(16);
    for (const name of PUBLIC_KEY_MAPS) expect(name).toMatch(/^secretscope-public-keys-[0-9a-f]$/);
  });

  it('hold a scope in the one of the first digit of its UID', () => {
    fc.assert(
      fc.property(fc.uuid(), (uid) => {
        expect(publicKeyMap(uid)).toBe(`secretscope-public-keys-${uid[0]}`);
        expect(publicKeyMap(uid.toUpperCase())).toBe(publicKeyMap(uid));
      }),
    );
  });

  it('hold a scope whose UID begins otherwise in the first, and never one that is not there', () => {
    fc.assert(
      fc.property(fc.string(), (uid) => {
        expect(PUBLIC_KEY_MAPS).toContain(publicKeyMap(uid));
      }),
    );
    expect(publicKeyMap('')).toBe('secretscope-public-keys-0');
    expect(publicKeyMap('zone-1')).toBe('secretscope-public-keys-0');
  });
});

describe('a published key', () => {
  it('is read as it was written, without its private half', () => {
    expect(readPublishedKey(publishedKey(key))).toEqual({ keyID: key.keyID, publicKey: key.publicKey });
    expect(publishedKey(key)).not.toContain(key.privateKey.toString('base64'));
  });

  it.each<[string, string | undefined]>([
    ['it is not there', undefined],
    ['it is empty', ''],
    ['it is no JSON', 'key'],
    ['it is null', 'null'],
    ['the name is that of another key', text({ keyID: '0123456789abcdef' })],
    ['the key is another one', text({ publicKey: Buffer.alloc(32, 1).toString('base64') })],
    ['the key is too short', text({ publicKey: Buffer.alloc(31, 1).toString('base64') })],
    ['the key is no base64', text({ publicKey: '!' })],
    ['there is no key', text({ publicKey: undefined })],
    ['it says something more', text({ privateKey: 'x' })],
  ])('is none where %s', (_, published) => {
    expect(readPublishedKey(published)).toBeUndefined();
  });
});
