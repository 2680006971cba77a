import { generateKeyPairSync, sign } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { openBackend } from '../../../../test/peers/aws-subject.ts';
import { FakeAws, REGION } from '../../../../test/peers/fake-aws.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { AwsWebIdentity } from './aws-web-identity.ts';

const ROLE = 'arn:aws:iam::123456789012:role/reader';
const SUBJECT = 'system:serviceaccount:acme-org:acme-secrets';
const ISSUER = 'https://oidc.example/cluster';
const key = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const cached = { fresh: false };

function jwt(claims: object = {}, privateKey = key.privateKey): string {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const body = { iss: ISSUER, sub: SUBJECT, aud: ['sts.amazonaws.com'], exp, ...claims };
  const parts = [{ alg: 'RS256' }, body].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = sign('sha256', Buffer.from(parts.join('.')), privateKey);
  return [...parts, signature.toString('base64url')].join('.');
}

describe('a web identity at AWS', () => {
  const signal = new AbortController().signal;
  let fake: FakeAws;
  let clock: SteppedClock;
  let token: string;
  let identity: AwsWebIdentity;
  beforeEach(async () => {
    fake = await FakeAws.open();
    const publicKey = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    fake.sts.issuer = { url: ISSUER, publicKey };
    fake.sts.roles.set(ROLE, { subject: SUBJECT });
    clock = new SteppedClock();
    token = jwt();
    identity = open();
  });
  afterEach(async () => {
    identity.close();
    await fake.close();
  });

  function open(change: object = {}): AwsWebIdentity {
    return new AwsWebIdentity({
      region: REGION,
      endpoint: fake.url,
      roleArn: ROLE,
      sessionName: 'acme-org.acme-secrets',
      token: async () => SecretValue.fromText(token),
      clock,
      random: () => 0.5,
      ...change,
    });
  }

  /** The answer that a backend would give. */
  async function failure(): Promise<unknown> {
    const error = await identity.credentials(cached).catch((each: unknown) => each);
    return error instanceof LoginFailed ? error.answer : error;
  }

  it('reads as the role', async () => {
    fake.secrets.store.add(fake.secrets.store.create('a'), { SecretString: 'x' });
    const backend = openBackend(fake.url, { credentials: identity.credentials });
    expect(await backend.read([{ key: 'a' }], signal)).toMatchObject([{ kind: 'found' }]);
    expect(fake.sts.sessions).toEqual(['acme-org.acme-secrets']);
    await backend.close();
  });

  it('makes one exchange for all who ask at once, and for as long as the keys last', async () => {
    const keys = await Promise.all(Array.from({ length: 50 }, () => identity.credentials(cached)));
    expect(new Set(keys).size).toBe(1);
    await clock.pass(40 * 60_000);
    expect(await identity.credentials(cached)).toBe(keys[0]);
    expect(fake.sts.exchanges).toBe(1);
  });

  it('renews when a fifth of the time is left, not all identities at once', async () => {
    const early = open({ random: () => 0 });
    await Promise.all([identity.credentials(cached), early.credentials(cached)]);
    await clock.pass(46 * 60_000);
    await Promise.all([identity.credentials(cached), early.credentials(cached)]);
    expect(fake.sts.exchanges).toBe(3);
    await clock.pass(3 * 60_000);
    await identity.credentials(cached);
    expect(fake.sts.exchanges).toBe(4);
    early.close();
  });

  it('keeps good keys while STS does not answer, and gives them up before they expire', async () => {
    const keys = await identity.credentials(cached);
    fake.trouble.set('*', { kind: 'hangUp' });
    await clock.pass(50 * 60_000);
    expect(await identity.credentials(cached)).toBe(keys);
    expect(await identity.credentials(cached)).toBe(keys);
    // asked once, not by every call
    expect(fake.count('AssumeRoleWithWebIdentity')).toBe(2);
    await clock.pass(9.5 * 60_000);
    expect(await failure()).toEqual({ kind: 'unavailable', code: expect.stringMatching(/^\w+$/) });
  });

  it('exchanges again for keys that AWS calls expired, once for a burst', async () => {
    const keys = await identity.credentials(cached);
    await clock.pass(6_000);
    const renewed = await identity.credentials({ fresh: true });
    expect(renewed).not.toBe(keys);
    expect(await identity.credentials({ fresh: true })).toBe(renewed);
    expect(fake.sts.exchanges).toBe(2);
  });

  it.each([
    ['a token of another issuer’s key', () => jwt({}, stranger.privateKey), 'TokenRejected'],
    ['a token for another audience', () => jwt({ aud: ['vault'] }), 'TokenRejected'],
    ['a token that has expired', () => jwt({ exp: 1 }), 'TokenExpired'],
    ['a service account that the role does not trust', () => jwt({ sub: 'other' }), 'AssumeRoleDenied'],
  ])('does not mistake %s for an answer about a secret', async (_what, make, code) => {
    token = make();
    expect(await failure()).toEqual({ kind: 'identityUnavailable', code });
  });

  it.each([
    [
      { kind: 'error', name: 'IDPCommunicationError' },
      { kind: 'identityUnavailable', code: 'IssuerUnreachable' },
    ],
    [
      { kind: 'error', name: 'Throttling' },
      { kind: 'throttled', afterMs: 1_500 },
    ],
    [
      { kind: 'page', status: 404 },
      { kind: 'unavailable', code: expect.stringMatching(/^\w+$/) },
    ],
  ] as const)('tells %o', async (trouble, answer) => {
    fake.trouble.set('*', trouble);
    expect(await failure()).toEqual(answer);
  });

  it('tells a length of session that the role does not allow', async () => {
    identity = open({ seconds: 100_000 });
    expect(await failure()).toEqual({ kind: 'identityUnavailable', code: 'RoleInvalid' });
  });

  it('remembers a failure for a second', async () => {
    token = jwt({ sub: 'other' });
    await Promise.all([failure(), failure()]);
    await failure();
    expect(fake.sts.exchanges).toBe(1);
    await clock.pass(1_000);
    await failure();
    expect(fake.sts.exchanges).toBe(2);
  });

  it('asks for no secret without keys', async () => {
    token = jwt({ sub: 'other' });
    const backend = openBackend(fake.url, { credentials: identity.credentials });
    const answers = await backend.read([{ key: 'a' }, { key: 'b' }], signal);
    expect(answers).toEqual(Array(2).fill({ kind: 'identityUnavailable', code: 'AssumeRoleDenied' }));
    expect(fake.count('BatchGetSecretValue', 'GetSecretValue')).toBe(0);
    await backend.close();
  });

  it('THREATS 16: shows neither token nor keys', async () => {
    const keys = await identity.credentials(cached);
    const backend = openBackend(fake.url, { credentials: identity.credentials });
    await backend.check(signal);
    const shown = inspect([identity, keys, backend], { depth: 12, showHidden: true }) + JSON.stringify(keys);
    expect(shown).not.toContain(keys.secretAccessKey.reveal().toString());
    expect(shown).not.toContain(keys.sessionToken?.reveal().toString());
    expect(shown).not.toContain(token.slice(0, 40));
    await backend.close();
  });
});
