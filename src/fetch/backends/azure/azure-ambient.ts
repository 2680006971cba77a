/**
 * The identity that the operator's own Pod has at Azure: what a ClusterSecretBackend with `ambient: true` reads as. The
 * one place where Azure's library may look at the environment, at files and at the metadata service, because the
 * cluster's admin said so.
 *
 * https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains
 */
import type { TokenCredential } from '@azure/identity';
import { LoginFailed } from '../account-login.ts';
import type { AzureAuthority } from './azure-authority.ts';
import type { AzureAccessToken, AzureCredential } from './azure-login.ts';

/** The library keeps tokens and renews them in time. */
export function azureAmbient({ url, vaultScope }: AzureAuthority): AzureCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    async getToken(): Promise<AzureAccessToken> {
      credential ??= load(url);
      try {
        const found = await (await credential).getToken(vaultScope);
        if (found)
          return { ...found, refreshAfterTimestamp: found.refreshAfterTimestamp ?? found.expiresOnTimestamp };
      } catch (error) {
        // its text names files and addresses of the operator's own
        if (!(error instanceof Error)) throw error;
      }
      throw new LoginFailed({ kind: 'identityUnavailable', code: 'NoAmbientIdentity' });
    },
    forget(): void {
      credential = undefined;
    },
  };
}

async function load(authorityHost: string): Promise<TokenCredential> {
  const library = await import('@azure/identity');
  // not the default chain, which tries developers' tools as well
  return new library.ChainedTokenCredential(
    ...workloadIdentity(library, authorityHost),
    new library.ManagedIdentityCredential(),
  );
}

/** Its constructor throws where the Pod has none. */
function workloadIdentity(
  { WorkloadIdentityCredential, CredentialUnavailableError }: typeof import('@azure/identity'),
  authorityHost: string,
): TokenCredential[] {
  try {
    return [new WorkloadIdentityCredential({ authorityHost })];
  } catch (error) {
    if (!(error instanceof CredentialUnavailableError)) throw error;
    return [];
  }
}
