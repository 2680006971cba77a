/** AssumeRoleWithWebIdentity of the fake: looks at the token as AWS does. Query in, XML out. Owned by fake-aws.ts. */
import { randomUUID } from 'node:crypto';
import { FakeAwsError } from './fake-aws-fault.ts';
import type { FakeKeys } from './fake-aws-signature.ts';
import { judgeToken, singleKeyIssuer, type TrustedIssuer } from './trusted-issuer.ts';

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
  /** an OIDC provider of the account */
  issuer: FakeIssuer | TrustedIssuer | undefined;
  exchanges = 0;
  /** tokens that it was asked to exchange */
  readonly shown: string[] = [];
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
    this.#admit(form.get('WebIdentityToken') ?? '', this.roles.get(form.get('RoleArn') ?? ''));
    this.sessions.push(session);
    return this.#issue(seconds);
  }

  #admit(token: string, role: FakeRole | undefined): void {
    this.shown.push(token);
    if (!this.issuer) throw new FakeAwsError('InvalidIdentityToken');
    const { issuer } = this;
    const { faults } = judgeToken(token, {
      issuer: 'keys' in issuer ? issuer : singleKeyIssuer(issuer.url, issuer.publicKey),
      audiences: ['sts.amazonaws.com'],
      subject: role?.subject ?? '',
      now: this.#now(),
    });
    if (faults.has('signature') || faults.has('issuer') || faults.has('audience'))
      throw new FakeAwsError('InvalidIdentityToken');
    if (faults.has('expired')) throw new FakeAwsError('ExpiredTokenException');
    if (faults.has('subject')) throw new FakeAwsError('AccessDenied', 403);
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
