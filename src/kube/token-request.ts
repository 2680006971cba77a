/**
 * Short-lived tokens of service accounts.
 * Called by backends, which log in with the service account of their own namespace.
 */
import { SecretValue } from '../model/secret-value.ts';
import type { CallOptions } from './call-options.ts';
import type { Clock } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { remembered, type TokenSource } from './kube-endpoint.ts';
import { KubeError } from './kube-error.ts';
import { resource } from './kube-objects.ts';

export const SERVICE_ACCOUNTS = resource({
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
});

export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** empty means the API server itself */
  readonly audiences: readonly string[];
  /** the server refuses less than 600 */
  readonly seconds: number;
}

export interface IssuedToken {
  readonly token: SecretValue;
  /** by the server's clock, milliseconds since 1970 */
  readonly expiresAt: number;
}

/** Throws KubeError: `notFound` without that service account, `forbidden` without `create` on its `token`. */
export async function requestToken(
  client: KubeClient,
  { namespace, serviceAccount, audiences, seconds }: TokenOrder,
  options?: CallOptions,
): Promise<IssuedToken> {
  const ref = { namespace, name: serviceAccount };
  const spec = { audiences, expirationSeconds: seconds };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const answer = await client.createSub(SERVICE_ACCOUNTS, ref, 'token', body, options);
  const { status } = answer as { status?: { token?: unknown; expirationTimestamp?: unknown } };
  const expiresAt = Date.parse(String(status?.expirationTimestamp));
  if (typeof status?.token !== 'string' || Number.isNaN(expiresAt)) throw notAToken(ref);
  return { token: SecretValue.fromText(status.token), expiresAt };
}

/** A token source that orders a new token when a fifth of the old one's time is left, as the kubelet does. */
export function issuedTokens(client: KubeClient, order: TokenOrder, clock: Clock): TokenSource {
  const keepMs = order.seconds * 1000 * 0.8;
  return remembered(async () => (await requestToken(client, order)).token, keepMs, clock);
}

function notAToken({ namespace, name }: { namespace: string; name: string }): KubeError {
  const call = {
    verb: 'create',
    resource: 'serviceaccounts/token',
    target: `${namespace}/${name}`,
    sensitive: true,
  };
  return new KubeError({ kind: 'badAnswer', call, reason: 'NotAToken' });
}
