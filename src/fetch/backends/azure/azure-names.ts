/** Names at a vault: secrets, versions, and what lies below a prefix. Pure; called by the azure backend. */

/**
 * What cannot be a name is absent without a call. An underscore makes a key no name: `acme_npm` and `acme-npm` would
 * be one secret, and a grant for one of them would open the other.
 * https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name
 */
export function isVaultSecretName(key: string): boolean {
  return /^[0-9a-zA-Z-]{1,127}$/.test(key);
}

/** A version as Key Vault makes them: a random UUID without hyphens. */
export function isVaultVersion(version: string): boolean {
  return /^[0-9a-f]{32}$/.test(version);
}
