/** Who a backend is to AWS: the port that a key pair or a web identity fills. Never looked for anywhere else. */
import type { Freshness } from '../../../kube/kube-endpoint.ts';
import type { SecretValue } from '../../../model/secret-value.ts';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretValue;
  readonly sessionToken?: SecretValue;
}

/**
 * Keys that are valid now. Must answer from memory while they are; `fresh` is asked for after AWS called them
 * expired. Rejects with LoginFailed, which carries the answer to give instead.
 */
export type AwsCredentials = (freshness: Freshness) => Promise<AwsKeys>;

/** As the SDK takes it. */
export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What signs one request: strings, because the SDK takes nothing else. Nothing here keeps them. */
export function signingIdentity({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys): SigningIdentity {
  const identity = { accessKeyId, secretAccessKey: secretAccessKey.reveal().toString('utf8') };
  return sessionToken ? { ...identity, sessionToken: sessionToken.reveal().toString('utf8') } : identity;
}
