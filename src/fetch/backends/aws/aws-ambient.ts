/**
 * The identity that the operator's own Pod has at AWS: what a ClusterSecretBackend with `ambient: true` reads as. The
 * one place where AWS' library may look at the environment, at files and at the metadata service (IAM roles for service
 * accounts, EKS Pod Identity, instance profiles), because the cluster's admin said so.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
import type { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import type { AwsCredentials, AwsKeys } from './aws-credentials.ts';

/** Rejects with LoginFailed only. */
export function awsAmbient(region: string): AwsCredentials {
  let provider: Promise<Ambient> | undefined;
  return async ({ fresh }) => {
    provider ??= loadProvider(region);
    const ask = await provider;
    try {
      return keysOf(await ask({ forceRefresh: fresh }));
    } catch (error) {
      // its text names files and addresses of the operator's own
      if (!(error instanceof Error)) throw error;
      throw new LoginFailed({ kind: 'identityUnavailable', code: 'NoAmbientIdentity' });
    }
  };
}

type Ambient = ReturnType<typeof defaultProvider>;

async function loadProvider(region: string): Promise<Ambient> {
  const library = await import('@aws-sdk/credential-provider-node');
  return library.defaultProvider({ clientConfig: { region } });
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Awaited<ReturnType<Ambient>>): AwsKeys {
  return {
    accessKeyId,
    secretAccessKey: SecretValue.fromText(secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: SecretValue.fromText(sessionToken) }),
  };
}
