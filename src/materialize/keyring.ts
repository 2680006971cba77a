import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * The installation's key for recognising its own work. A MAC of a value is never comparable across Secrets,
 * keys, sources or installations, so it tells nothing about a value to whoever reads it.
 */
export interface Keyring {
  /** Names the key, not its content; changes when the key is lost and made again. */
  readonly keyId: string;
  mac(parts: readonly (string | Buffer)[]): string;
}

// 128 bits: 22 characters of base64url a data key keep 300 of them well inside an annotation's 256 kB
const MAC_BYTES = 16;

export function keyringFrom(key: Buffer): Keyring {
  if (key.length < 32) throw new RangeError('the installation key needs at least 32 bytes');
  const keyId = createHmac('sha256', key).update('secretscope key id').digest('base64url').slice(0, 8);
  // a key of bytes would be prepared anew for each MAC, which takes longer than the MAC itself
  const prepared = createSecretKey(key);
  return { keyId, mac: (parts) => macOf(prepared, parts) };
}

function macOf(key: KeyObject, parts: readonly (string | Buffer)[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    // the length in front keeps ("a","bc") and ("ab","c") apart
    hmac.update(`${bytes.length}:`).update(bytes);
  }
  return hmac.digest().subarray(0, MAC_BYTES).toString('base64url');
}

export function macEquals(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
