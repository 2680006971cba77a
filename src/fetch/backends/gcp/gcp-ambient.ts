/**
 * The identity that the operator's own Pod has at Google: what a ClusterSecretBackend with `ambient: true` reads as. The
 * one place where Google's library may look at the environment, at files and at the metadata server, because the
 * cluster's admin said so.
 *
 * https://cloud.google.com/docs/authentication/application-default-credentials
 */
import type { GoogleAuth } from 'google-auth-library';
import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { GCP_SCOPE } from './gcp-workload-identity.ts';

/** Rejects with LoginFailed only. The library keeps tokens and renews them in time. */
export function gcpAmbient(): TokenSource {
  let auth: Promise<GoogleAuth> | undefined;
  return async ({ fresh }) => {
    if (fresh) auth = undefined;
    auth ??= load();
    try {
      const token = await (await auth).getAccessToken();
      if (typeof token === 'string' && token !== '') return SecretValue.fromText(token);
    } catch (error) {
      // its text names files and addresses of the operator's own
      if (!(error instanceof Error)) throw error;
    }
    throw new LoginFailed({ kind: 'identityUnavailable', code: 'NoAmbientIdentity' });
  };
}

async function load(): Promise<GoogleAuth> {
  const library = await import('google-auth-library');
  return new library.GoogleAuth({ scopes: [GCP_SCOPE] });
}
