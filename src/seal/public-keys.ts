/**
 * Owns: how public keys are published, for those who seal: one ConfigMap for each first digit of the UIDs of scopes, in
 * the operator's namespace. 50,000 scopes make 16 maps of 3,125 keys of 150 bytes, 470 kB each; an object holds 1.5 MB.
 */
import { z } from 'zod';
import { keyID } from '../model/kinds/sealed-value.ts';
import { keyIDOf, PUBLIC_KEY_BYTES, type PublicKey } from './scope-keys.ts';

export const PUBLIC_KEYS_LABEL = 'secretscope.dev/public-keys';
const PREFIX = 'secretscope-public-keys-';
const SHARDS = '0123456789abcdef';
export const PUBLIC_KEY_MAPS: readonly string[] = [...SHARDS].map((digit) => `${PREFIX}${digit}`);

const publishedSchema = z.strictObject({ keyID, publicKey: z.base64().max(64) });

/** The ConfigMap that holds the key of a scope. */
export function publicKeyMap(scopeUID: string): string {
  const digit = scopeUID[0]?.toLowerCase() ?? '0';
  return `${PREFIX}${SHARDS.includes(digit) ? digit : '0'}`;
}

export function publishedKey(key: PublicKey): string {
  return JSON.stringify({ keyID: key.keyID, publicKey: key.publicKey.toString('base64') });
}

/** Undefined where it is no key, or its ID is that of another. */
export function readPublishedKey(text: string | undefined): PublicKey | undefined {
  if (text === undefined) return undefined;
  const parsed = publishedSchema.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const publicKey = Buffer.from(parsed.data.publicKey, 'base64');
  const isKey = publicKey.length === PUBLIC_KEY_BYTES && keyIDOf(publicKey) === parsed.data.keyID;
  return isKey ? { keyID: parsed.data.keyID, publicKey } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
