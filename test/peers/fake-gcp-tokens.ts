/**
 * Google's token endpoints on loopback over TLS: the Security Token Service, impersonation, and the exchange of signed
 * assertions. Each checks what it is shown as Google does: signature, audience, issuer, expiry. Called by tests.
 *
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueServerCertificate, type KeyedCertificate } from '../cluster/pki.ts';
import { judgeToken, singleKeyIssuer, type TrustedIssuer } from './trusted-issuer.ts';

export const AUDIENCE =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/cluster/providers/main';
export const ACCOUNT = 'reader@acme-prod.iam.gserviceaccount.com';
// a provider of a pool takes tokens for its own name, with and without the protocol
// https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
const AUDIENCES = [AUDIENCE, `https:${AUDIENCE}`];
const ISSUER = 'https://cluster';
const SUBJECT = 'system:serviceaccount:a:b';

interface Planted {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class FakeGcpTokens {
  /** every token handed out: what the fake Secret Manager lets in */
  readonly issued = new Set<string>();
  readonly paths: string[] = [];
  /** service accounts' tokens that it was asked to exchange */
  readonly shown: string[] = [];
  planted: Planted | undefined;
  latencyMs = 0;
  lifetimeS = 3_600;
  readonly agent: Agent;
  readonly #cluster = generateKeyPairSync('rsa', { modulusLength: 2048 });
  #account = generateKeyPairSync('rsa', { modulusLength: 2048 });
  /** the pool's provider: whose tokens count, and the one account that its condition lets through */
  issuer: TrustedIssuer = singleKeyIssuer(ISSUER, this.#cluster.publicKey);
  subject = SUBJECT;
  readonly #server: Server;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.agent = new Agent({ ca });
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** `authority` signs its certificate; one of its own unless given. */
  static async open(given?: KeyedCertificate): Promise<FakeGcpTokens> {
    const authority = given ?? (await createAuthority('fake Google'));
    const { certificate, key } = await issueServerCertificate(authority, ['localhost']);
    const server = createServer({ cert: certificate, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeGcpTokens(server, authority.certificate);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** As a cluster issues them. */
  subjectToken(change: Readonly<Record<string, unknown>> = {}): string {
    const exp = Math.floor(Date.now() / 1000) + 600;
    return jwt({ iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], exp, ...change }, this.#cluster.privateKey);
  }

  accountKey(): string {
    return this.#account.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  /** The account's key counts no longer; a new one does. */
  renewAccountKey(): void {
    this.#account = generateKeyPairSync('rsa', { modulusLength: 2048 });
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    this.paths.push(path);
    const body = Buffer.concat(chunks).toString('utf8');
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    const {
      status,
      body: text,
      headers,
    } = this.planted ?? this.#judge(path, body, request.headers.authorization);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }

  #judge(path: string, body: string, authorization: string | undefined): Planted {
    if (path === '/v1/token') return this.#exchanged(new URLSearchParams(body));
    if (path === '/token') return this.#asserted(new URLSearchParams(body));
    if (path === `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`) {
      const known = this.issued.has((authorization ?? '').replace(/^Bearer /, ''));
      if (!known) return refused(401, 'UNAUTHENTICATED');
      const expireTime = new Date(Date.now() + this.lifetimeS * 1000).toISOString();
      return given({ accessToken: this.#issue('impersonated'), expireTime });
    }
    return refused(403, 'PERMISSION_DENIED');
  }

  #exchanged(form: URLSearchParams): Planted {
    const fits =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
      form.get('subject_token_type') === 'urn:ietf:params:oauth:token-type:jwt' &&
      form.get('requested_token_type') === 'urn:ietf:params:oauth:token-type:access_token' &&
      form.get('scope') === 'https://www.googleapis.com/auth/cloud-platform';
    if (!fits || form.get('audience') !== AUDIENCE) return refused(400, 'invalid_request');
    const token = form.get('subject_token') ?? '';
    this.shown.push(token);
    const { issuer, subject } = this;
    const { faults } = judgeToken(token, { issuer, audiences: AUDIENCES, subject, now: Date.now() });
    // the credential is good, and the provider's condition does not hold
    if (faults.size === 1 && faults.has('subject')) return refused(400, 'unauthorized_client');
    if (faults.size > 0) return refused(400, 'invalid_grant');
    return given({
      access_token: this.#issue('federated'),
      expires_in: this.lifetimeS,
      token_type: 'Bearer',
    });
  }

  #asserted(form: URLSearchParams): Planted {
    const claims = verified(form.get('assertion') ?? '', this.#account.publicKey);
    const isAccount = claims?.['iss'] === ACCOUNT && claims['aud'] === 'https://oauth2.googleapis.com/token';
    const isShort = Number(claims?.['exp']) - Number(claims?.['iat']) <= 3_600;
    if (!isAccount || !isShort) return refused(400, 'invalid_grant');
    return given({ access_token: this.#issue('account'), expires_in: this.lifetimeS, token_type: 'Bearer' });
  }

  #issue(kind: string): string {
    const token = `ya29.${kind}.${this.issued.size + 1}`;
    this.issued.add(token);
    return token;
  }
}

export function jwt(claims: object, key: KeyObject): string {
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function verified(token: string, key: KeyObject): Record<string, unknown> | undefined {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(pem(key)),
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return undefined;
  const parsed = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  return Number(parsed['exp']) * 1000 > Date.now() ? parsed : undefined;
}

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function given(body: object): Planted {
  return { status: 200, body: JSON.stringify(body) };
}

function refused(status: number, error: string): Planted {
  return { status, body: JSON.stringify({ error, error_description: 'The cAnary token is bad' }) };
}
