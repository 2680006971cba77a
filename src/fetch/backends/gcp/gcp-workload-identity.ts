/**
 * A service account of the cluster as an identity at Google: its token is exchanged at Google's Security Token Service
 * and, where a Google service account is named, that account's token is asked for with the result.
 * May look into the token that it shows.
 *
 * https://cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
import type { Random } from '../../../kube/clock.ts';
import { bearer, type Freshness, type TokenSource } from '../../../kube/kube-endpoint.ts';
import { accountLogin } from '../account-login.ts';
import { askForToken, type TokenMeans } from './gcp-token-request.ts';
import { type AccessToken, accessTokenOf, keptTokens } from './gcp-tokens.ts';

export interface GcpWorkloadIdentityOptions extends TokenMeans {
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly audience: string;
  /** tokens that the cluster issues for that audience */
  readonly subject: TokenSource;
  /** `name@project.iam.gserviceaccount.com`; undefined where the pool itself was granted access */
  readonly impersonate?: string | undefined;
  readonly random: Random;
  /** Google's hosts, unless a test stands in for them */
  readonly hosts?: { readonly sts: string; readonly iamCredentials: string } | undefined;
}

export const GCP_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const HOSTS = { sts: 'https://sts.googleapis.com', iamCredentials: 'https://iamcredentials.googleapis.com' };
// an hour, the longest without a change of the organization's policy
const LIFETIME_S = 3_600;
const AUDIENCE =
  /^\/\/iam\.googleapis\.com\/projects\/[0-9]{1,19}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/;
const ACCOUNT = /^[a-z0-9-]{1,63}@[a-z0-9.-]{1,200}\.gserviceaccount\.com$/;

export class GcpWorkloadIdentity {
  /** Rejects with LoginFailed only. */
  readonly token: TokenSource;
  readonly #options: GcpWorkloadIdentityOptions;
  readonly #subject: TokenSource;

  constructor(options: GcpWorkloadIdentityOptions) {
    const { audience, impersonate, subject, clock } = options;
    if (!AUDIENCE.test(audience)) throw new TypeError('not the audience of a workload identity provider');
    if (impersonate !== undefined && !ACCOUNT.test(impersonate))
      throw new TypeError('not a Google service account');
    this.#options = options;
    this.#subject = accountLogin(subject, clock);
    this.token = keptTokens((freshness) => this.#obtain(freshness), options);
  }

  async #obtain(freshness: Freshness): Promise<AccessToken> {
    const federated = await this.#exchange(freshness);
    const { impersonate } = this.#options;
    if (impersonate === undefined) return federated;
    try {
      return await this.#impersonate(impersonate, federated);
    } finally {
      federated.token.wipe();
    }
  }

  async #exchange(freshness: Freshness): Promise<AccessToken> {
    const { audience, hosts = HOSTS } = this.#options;
    const subject = await this.#subject(freshness);
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience,
      scope: GCP_SCOPE,
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: subject.reveal().toString('utf8').trim(),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const order = {
      name: 'Sts',
      url: `${hosts.sts}/v1/token`,
      headers,
      body: Buffer.from(form.toString()),
    } as const;
    const answer = await askForToken(order, this.#options);
    return accessTokenOf(answer['access_token'], answer['expires_in']);
  }

  async #impersonate(account: string, federated: AccessToken): Promise<AccessToken> {
    const { hosts = HOSTS, clock } = this.#options;
    const { headers } = await bearer(async () => federated.token)({ fresh: false });
    const url = `${hosts.iamCredentials}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;
    const body = Buffer.from(JSON.stringify({ scope: [GCP_SCOPE], lifetime: `${LIFETIME_S}s` }));
    const order = {
      name: 'Impersonation',
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    } as const;
    const answer = await askForToken(order, this.#options);
    // by Google's clock; ours may be wrong, but what was asked for is the most there is
    const left = (Date.parse(String(answer['expireTime'])) - clock.now()) / 1000;
    return accessTokenOf(answer['accessToken'], Math.min(left, LIFETIME_S));
  }
}
