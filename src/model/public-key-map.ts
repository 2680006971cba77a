/**
 * Owns: where the public key of a scope is published: one ConfigMap for each first digit of the UIDs of scopes, in the
 * operator's namespace. 50,000 scopes make 16 maps of 3,125 keys of 150 bytes, 470 kB each; an object holds 1.5 MB.
 */
const PREFIX = 'secretscope-public-keys-';
const SHARDS = '0123456789abcdef';

export const PUBLIC_KEY_MAPS: readonly string[] = [...SHARDS].map((digit) => `${PREFIX}${digit}`);

/** The ConfigMap that holds the key of a scope. */
export function publicKeyMap(scopeUID: string): string {
  const digit = scopeUID[0]?.toLowerCase() ?? '0';
  return `${PREFIX}${SHARDS.includes(digit) ? digit : '0'}`;
}
