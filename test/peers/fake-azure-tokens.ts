/**
 * Owns: the token endpoint of an Entra tenant: it takes a service account's token or an application's secret.
 * Called by: fake-azure.ts. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { AZURE_TEXT, type FakeReply } from './fake-azure-vault.ts';
import { judgeToken, singleKeyIssuer, type TrustedIssuer } from './trusted-issuer.ts';

export const TENANT = '11111111-2222-3333-4444-555555555555';
export const CLIENT = '66666666-7777-8888-9999-000000000000';
export const CLIENT_SECRET = 'application~Secret.77';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ISSUER = 'https://cluster.test';
const SUBJECT = 'system:serviceaccount:acme-org:acme-secrets';

const cluster: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
});

/** A service account's token as a cluster signs it; `claims` spoil it. */
export function clusterToken(
  claims: Readonly<Record<string, unknown>> = {},
  key: KeyObject = cluster.privateKey,
): string {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const own = { iss: ISSUER, sub: SUBJECT, aud: ['api://AzureADTokenExchange'], exp };
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'ES256' })}.${encode({ ...own, ...claims })}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

export class FakeTokens {
  /** the application's federated credential: whose tokens count, of which account */
  issuer: TrustedIssuer = singleKeyIssuer(ISSUER, cluster.publicKey);
  subject = SUBJECT;
  clientSecret = CLIENT_SECRET;
  /** seconds */
  lifetime = 3_600;
  readonly exchanges: URLSearchParams[] = [];
  /** every token that it gave out */
  readonly history: string[] = [];
  /** instead of the next answers */
  trouble: FakeReply | undefined;
  readonly #issued = new Set<string>();

  answer(path: string, form: URLSearchParams): FakeReply {
    this.exchanges.push(form);
    if (this.trouble) return this.trouble;
    if (path !== `/${TENANT}/oauth2/v2.0/token`) return refused(90002);
    if (form.get('grant_type') !== 'client_credentials' || form.get('client_id') !== CLIENT)
      return refused(700016);
    if (form.get('scope') !== 'https://vault.azure.net/.default') return refused(70011);
    const fault = form.has('client_secret') ? this.#secretFault(form) : this.#assertionFault(form);
    if (fault) return refused(fault);
    const token = randomUUID();
    this.#issued.add(token);
    this.history.push(token);
    return { status: 200, body: { token_type: 'Bearer', expires_in: this.lifetime, access_token: token } };
  }

  isGood(authorization: string | undefined): boolean {
    return this.#issued.has(authorization?.replace(/^Bearer /, '') ?? '');
  }

  /** Every token that was issued so far. */
  revoke(): void {
    this.#issued.clear();
  }

  #secretFault(form: URLSearchParams): number | undefined {
    return form.get('client_secret') === this.clientSecret ? undefined : 7_000_215;
  }

  /** Signature, then time, then who and for whom: the codes are Entra's. */
  #assertionFault(form: URLSearchParams): number | undefined {
    if (form.get('client_assertion_type') !== ASSERTION) return 50_027;
    const { faults } = judgeToken(form.get('client_assertion') ?? '', {
      issuer: this.issuer,
      audiences: ['api://AzureADTokenExchange'],
      subject: this.subject,
      now: Date.now(),
    });
    if (faults.has('signature')) return 50_013;
    if (faults.has('expired')) return 700_024;
    if (faults.has('audience')) return 700_212;
    return faults.has('issuer') || faults.has('subject') ? 700_213 : undefined;
  }
}

function refused(code: number): FakeReply {
  const error = {
    error: 'invalid_client',
    error_codes: [code],
    error_description: `AADSTS${code}: ${AZURE_TEXT}`,
  };
  return { status: 401, body: error };
}
