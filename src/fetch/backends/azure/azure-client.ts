/**
 * The SDK's client for one vault, loaded with the first Azure backend and opened with the first call. Owned by an azure
 * backend, which drops it when a token is refused: the SDK keeps the challenge and the token that it once had.
 */

import type { Pipeline } from '@azure/core-rest-pipeline';
import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets';
import type { AzureMeans } from './azure-exchange.ts';
import type { AzureCredential } from './azure-login.ts';
import { azureTransport } from './azure-transport.ts';

export type AzureApiVersion = NonNullable<SecretClientOptions['serviceVersion']>;

export interface AzureVault extends AzureMeans {
  /** `https://NAME.vault.azure.net`, built from a validated name */
  readonly vaultUrl: string;
  /** the SDK's newest, where absent */
  readonly apiVersion?: AzureApiVersion | undefined;
  readonly credential: AzureCredential;
  /**
   * The challenge need not name the vault's own cloud. Only for an endpoint that is none of Azure's: tests, and a
   * ClusterSecretBackend with `endpoint`. The token is for Key Vault all the same.
   */
  readonly trustAnyChallenge?: boolean | undefined;
}

// the SDK takes over a pipeline that it is given, although its types do not say so
type ClientOptions = SecretClientOptions & { readonly pipeline: Pipeline };

/** `onRequest` hears of every request to the vault. */
export async function openAzureClient(vault: AzureVault, onRequest: () => void): Promise<SecretClient> {
  const [{ SecretClient }, library] = await Promise.all([
    import('@azure/keyvault-secrets'),
    import('@azure/core-rest-pipeline'),
  ]);
  const options: ClientOptions = {
    // nothing but what the SDK adds itself: the answer to a challenge, and the version of the API
    pipeline: library.createEmptyPipeline(),
    httpClient: azureTransport(vault.vaultUrl, vault, library, onRequest),
    // should a later SDK build a pipeline of its own after all
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0, handleRedirects: false },
    disableChallengeResourceVerification: vault.trustAnyChallenge === true,
    ...(vault.apiVersion === undefined ? {} : { serviceVersion: vault.apiVersion }),
  };
  return new SecretClient(vault.vaultUrl, vault.credential, options);
}
