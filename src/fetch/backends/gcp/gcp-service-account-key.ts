/**
 * A Google service account that proves itself with a key: a signed assertion against an access token. Takes the parts of
 * the key file that our own schema has read, never the file: that may name other hosts, files and programs.
 * May look into the private key.
 *
 * https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Random } from '../../../kube/clock.ts';
import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import type { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { askForToken, type TokenMeans } from './gcp-token-request.ts';
import { type AccessToken, accessTokenOf, keptTokens } from './gcp-tokens.ts';
import { GCP_SCOPE } from './gcp-workload-identity.ts';

export interface GcpServiceAccountKeyOptions extends TokenMeans {
  readonly clientEmail: string;
  readonly keyId?: string | undefined;
  /** PEM; stays the caller's, who keeps it as long as this is used */
  readonly privateKey: SecretValue;
  readonly random: Random;
  /** Google's, unless a test stands in for it */
  readonly host?: string | undefined;
}

const HOST = 'https://oauth2.googleapis.com';
// what an assertion is for, whoever answers in a test
const AUDIENCE = `${HOST}/token`;
const ASSERTION_S = 3_600;

export class GcpServiceAccountKey {
  /** Rejects with LoginFailed only. */
  readonly token: TokenSource;
  readonly #options: GcpServiceAccountKeyOptions;

  constructor(options: GcpServiceAccountKeyOptions) {
    this.#options = options;
    this.token = keptTokens(() => this.#obtain(), options);
  }

  async #obtain(): Promise<AccessToken> {
    const { host = HOST } = this.#options;
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: this.#assertion(),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const order = {
      name: 'OAuth',
      url: `${host}/token`,
      headers,
      body: Buffer.from(form.toString()),
    } as const;
    const answer = await askForToken(order, this.#options);
    return accessTokenOf(answer['access_token'], answer['expires_in']);
  }

  #assertion(): string {
    const { clientEmail, keyId, clock } = this.#options;
    const iat = Math.floor(clock.now() / 1000);
    const claims = { iss: clientEmail, scope: GCP_SCOPE, aud: AUDIENCE, iat, exp: iat + ASSERTION_S };
    const signed = `${part({ alg: 'RS256', typ: 'JWT', ...(keyId && { kid: keyId }) })}.${part(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.#key()).toString('base64url')}`;
  }

  #key(): KeyObject {
    try {
      const key = createPrivateKey({ key: this.#options.privateKey.reveal(), format: 'pem' });
      if (key.asymmetricKeyType === 'rsa') return key;
    } catch (error) {
      // OpenSSL's text; what it says besides "no" nobody can act on
      if (!(error instanceof Error)) throw error;
    }
    throw new LoginFailed({ kind: 'identityUnavailable', code: 'PrivateKeyInvalid' });
  }
}

function part(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}
