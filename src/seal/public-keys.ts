/** Owns: how a public key is written into its ConfigMap (model/public-key-map.ts), for those who seal. */
import { z } from 'zod';
import { keyID } from '../model/kinds/sealed-value.ts';

export { PUBLIC_KEY_MAPS, publicKeyMap } from '../model/public-key-map.ts';

import { keyIDOf, PUBLIC_KEY_BYTES, type PublicKey } from './scope-keys.ts';

export const PUBLIC_KEYS_LABEL = 'secretscope.dev/public-keys';
const publishedSchema = z.strictObject({ keyID, publicKey: z.base64().max(64) });

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
