/** AssumeRoleWithWebIdentity of the fake: looks at the token as AWS does. Query in, XML out. Owned by fake-aws.ts. */
import { randomUUID, verify } from 'node:crypto';
import { FakeAwsError } from './fake-aws-fault.ts';
import type { FakeKeys } from './fake-aws-signature.ts';

/** Who may assume a role: the trust policy. */
export interface FakeRole {
  readonly subject: string;
}

export interface FakeIssuer {
  readonly url: string;
  /** PEM */
  readonly publicKey: string;
}

export class FakeSts {
  readonly roles = new Map<string, FakeRole>();
  issuer: FakeIssuer | undefined;
  exchanges = 0;
  readonly sessions: string[] = [];
  readonly #keys: Map<string, FakeKeys>;
  readonly #now: () => number;

  constructor(keys: Map<string, FakeKeys>, now: () => number) {
    this.#keys = keys;
    this.#now = now;
  }

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
  assume(form: URLSearchParams): string {
    this.exchanges++;
    const seconds = Number(form.get('DurationSeconds') ?? 3_600);
    const session = form.get('RoleSessionName') ?? '';
    if (seconds < 900 || seconds > 43_200 || !/^[\w+=,.@-]{2,64}$/.test(session))
      throw new FakeAwsError('ValidationError');
    const claims = this.#claims(form.get('WebIdentityToken') ?? '');
    const role = this.roles.get(form.get('RoleArn') ?? '');
    if (!role || role.subject !== claims['sub']) throw new FakeAwsError('AccessDenied', 403);
    this.sessions.push(session);
    return this.#issue(seconds);
  }

  #claims(token: string): Record<string, unknown> {
    const [head = '', body = '', signature = ''] = token.split('.');
    const invalid = () => new FakeAwsError('InvalidIdentityToken');
    if (!this.issuer) throw invalid();
    const signed = Buffer.from(`${head}.${body}`);
    if (!verify('sha256', signed, this.issuer.publicKey, Buffer.from(signature, 'base64url')))
      throw invalid();
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const audience = [claims['aud']].flat();
    if (claims['iss'] !== this.issuer.url || !audience.includes('sts.amazonaws.com')) throw invalid();
    if (Number(claims['exp']) * 1_000 <= this.#now()) throw new FakeAwsError('ExpiredTokenException');
    return claims;
  }

  #issue(seconds: number): string {
    const id = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
    const secretAccessKey = `secret-${randomUUID()}`;
    const sessionToken = `session-${randomUUID()}`;
    const expiresAt = this.#now() + seconds * 1_000;
    this.#keys.set(id, { secretAccessKey, sessionToken, expiresAt });
    return [
      '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">',
      '<AssumeRoleWithWebIdentityResult><Credentials>',
      `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>`,
      `<SessionToken>${sessionToken}</SessionToken>`,
      `<Expiration>${new Date(expiresAt).toISOString()}</Expiration>`,
      '</Credentials></AssumeRoleWithWebIdentityResult>',
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`,
      '</AssumeRoleWithWebIdentityResponse>',
    ].join('');
  }
}

export function stsError({ name, message }: FakeAwsError): string {
  return [
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>',
    `<Code>${name}</Code><Message>${message}</Message></Error>`,
    `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  ].join('');
}
