/**
 * Owns: the key pair of a scope, derived from the installation's one sealing key. Losing that key means sealing again,
 * and nothing else. Pure; used by the operator only.
 */
import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';

/** An X25519 key pair, 32 bytes each. */
export interface ScopeKeyPair {
  readonly keyID: string;
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

/** What somebody who seals needs to know. */
export interface PublicKey {
  readonly keyID: string;
  readonly publicKey: Buffer;
}

export const PUBLIC_KEY_BYTES = 32;

/** The installation's sealing key, in a form that cannot be printed, and its epoch: a new one makes new pairs. */
export interface SealingKey {
  readonly master: KeyObject;
  readonly epoch: number;
}

// RFC 8410: a private X25519 key in PKCS #8 is these bytes and the key
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

export function scopeKeyPair({ master, epoch }: SealingKey, scopeUID: string): ScopeKeyPair {
  if ((master.symmetricKeySize ?? 0) < 32) throw new RangeError('a sealing key has at least 32 bytes');
  const info = `secretscope sealing key, epoch ${epoch}`;
  const privateKey = Buffer.from(hkdfSync('sha256', master, scopeUID, info, 32));
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_X25519, privateKey]),
    format: 'der',
    type: 'pkcs8',
  });
  // the key itself is the end of its SubjectPublicKeyInfo
  const publicKey = Buffer.from(
    createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_BYTES),
  );
  return { keyID: keyIDOf(publicKey), publicKey, privateKey };
}

/** The pairs that open boxes: that of now, and that of the epoch before, so that a rotation breaks nothing under way. */
export function openingPairs({ master, epoch }: SealingKey, scopeUID: string): readonly ScopeKeyPair[] {
  const epochs = epoch > 1 ? [epoch, epoch - 1] : [epoch];
  return epochs.map((one) => scopeKeyPair({ master, epoch: one }, scopeUID));
}

export function keyIDOf(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
}
