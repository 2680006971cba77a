import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import { ACCOUNT, AUDIENCE, FakeGcpTokens, jwt } from '../../../../test/peers/fake-gcp-tokens.ts';
import { plainGcp } from '../../../../test/peers/gcp-open.ts';
import { systemClock } from '../../../kube/clock.ts';
import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import { KubeError } from '../../../kube/kube-error.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { GcpServiceAccountKey } from './gcp-service-account-key.ts';
import { GcpWorkloadIdentity } from './gcp-workload-identity.ts';

let google: FakeGcpTokens;
beforeAll(async () => {
  google = await FakeGcpTokens.open();
});
afterAll(() => google.close());
afterEach(() => {
  google.planted = undefined;
  google.paths.length = 0;
  google.latencyMs = 0;
});

type Change = Partial<ConstructorParameters<typeof GcpWorkloadIdentity>[0]>;

function workload(change: Change = {}, claims = {}): GcpWorkloadIdentity {
  return new GcpWorkloadIdentity({
    audience: AUDIENCE,
    subject: async () => SecretValue.fromText(google.subjectToken(claims)),
    agent: google.agent,
    clock: systemClock,
    random: Math.random,
    hosts: { sts: google.url, iamCredentials: google.url },
    ...change,
  });
}

function keyed(privateKey = google.accountKey(), change = {}): GcpServiceAccountKey {
  return new GcpServiceAccountKey({
    clientEmail: ACCOUNT,
    keyId: 'key-1',
    privateKey: SecretValue.fromText(privateKey),
    agent: google.agent,
    clock: systemClock,
    random: Math.random,
    host: google.url,
    ...change,
  });
}

const textOf = async (token: TokenSource) => (await token({ fresh: false })).reveal().toString();

/** The answer that a backend would give; whatever else it carries must not show a word of Google's. */
async function failure(token: TokenSource): Promise<unknown> {
  const error: unknown = await token({ fresh: false }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LoginFailed);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/cAnary|eyJ/);
  return error instanceof LoginFailed ? error.answer : undefined;
}

describe('a workload identity', () => {
  it('shows the token of the cluster and gets one of Google', async () => {
    expect(await textOf(workload().token)).toMatch(/^ya29\.federated/);
  });

  it('asks for that of a service account where one is named', async () => {
    expect(await textOf(workload({ impersonate: ACCOUNT }).token)).toMatch(/^ya29\.impersonated/);
    expect(google.paths).toEqual([
      '/v1/token',
      `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
    ]);
  });

  it('reads secrets with it', async () => {
    const fake = await FakeGcp.open();
    fake.put('a', 'x');
    const backend = plainGcp(fake.port, { token: workload().token });
    fake.tokens.add('nobody');
    expect(await backend.check(idle())).toEqual({ kind: 'identityUnavailable', code: 'Unauthenticated' });
    for (const token of google.issued) fake.tokens.add(token);
    expect(await backend.describe([{ key: 'a' }], idle())).toEqual([{ kind: 'found', version: '1' }]);
    await backend.close();
    await fake.close();
  });

  it.each([
    ['for another audience', { aud: ['https://kubernetes.default.svc'] }],
    ['that has expired', { exp: 1 }],
  ])('with a token %s is refused in one word', async (_how, claims) => {
    const refusal = { kind: 'identityUnavailable', code: 'invalid_grant' };
    expect(await failure(workload({}, claims).token)).toEqual(refusal);
  });

  it('with a token that the cluster did not sign is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = jwt({ aud: [AUDIENCE], exp: Date.now() }, privateKey);
    const subject = async () => SecretValue.fromText(forged);
    expect(await failure(workload({ subject }).token)).toMatchObject({ code: 'invalid_grant' });
  });

  it('that may not impersonate says so', async () => {
    const other = 'writer@acme-prod.iam.gserviceaccount.com';
    const answer = { kind: 'identityUnavailable', code: 'Impersonation403' };
    expect(await failure(workload({ impersonate: other }).token)).toEqual(answer);
  });

  it('without a token of the cluster says what failed there', async () => {
    const call = { verb: 'create', resource: 'serviceaccounts/token', target: 'a/b', sensitive: true };
    const subject = () => Promise.reject(new KubeError({ kind: 'forbidden', call }));
    const answer = { kind: 'identityUnavailable', code: 'TokenRequestForbidden' };
    expect(await failure(workload({ subject }).token)).toEqual(answer);
  });

  it('THREATS 3: takes nothing as audience or account that could name another place', () => {
    for (const audience of ['https://evil', `${AUDIENCE}/../x`, '//iam.googleapis.com/']) {
      expect(() => workload({ audience })).toThrow(TypeError);
    }
    for (const impersonate of ['a@evil.example', 'a/../b@x.gserviceaccount.com', `${ACCOUNT}?x=`]) {
      expect(() => workload({ impersonate })).toThrow(TypeError);
    }
  });
});

describe('a service account key', () => {
  it('signs for a token', async () => {
    expect(await textOf(keyed().token)).toMatch(/^ya29\.account/);
  });

  it.each([
    ['no key', 'cAnary'],
    [
      'of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
  ])('that is %s is refused before anything is asked', async (_how, pem) => {
    expect(await failure(keyed(pem).token)).toEqual({
      kind: 'identityUnavailable',
      code: 'PrivateKeyInvalid',
    });
    expect(google.paths).toEqual([]);
  });

  it('of another account is refused in one word', async () => {
    expect(await failure(keyed(undefined, { clientEmail: 'x@y.iam' }).token)).toMatchObject({
      code: 'KeyRefused',
    });
  });
});

describe('a token endpoint', () => {
  const canary = 'cAnary7-1e5f';
  it.each([
    ['is asked too often', 429, '', { 'retry-after': '7' }, { kind: 'throttled', afterMs: 7_000 }],
    ['is down', 503, canary, {}, { kind: 'unavailable', code: 'Sts503' }],
    ['speaks no JSON', 200, `{"access_token":"${canary}`, {}, { kind: 'unavailable', code: 'StsBadAnswer' }],
    ['sends no token', 200, `{"${canary}":1}`, {}, { kind: 'identityUnavailable', code: 'NotAToken' }],
    [
      'sends one for no time',
      200,
      '{"access_token":"x","expires_in":0}',
      {},
      { kind: 'identityUnavailable', code: 'NotAToken' },
    ],
    [
      'sends one that is no header',
      200,
      '{"access_token":"a\\r\\nb","expires_in":9}',
      {},
      { kind: 'identityUnavailable', code: 'NotAToken' },
    ],
    [
      'redirects',
      302,
      '',
      { location: 'https://127.0.0.1:1/' },
      { kind: 'identityUnavailable', code: 'Sts302' },
    ],
    [
      'says an unknown word',
      400,
      `{"error":"${canary}"}`,
      {},
      { kind: 'identityUnavailable', code: 'Sts400' },
    ],
    ['never ends', 200, 'x'.repeat(200_000), {}, { kind: 'unavailable', code: 'AnswerTooLarge' }],
  ])(
    'THREATS 16: that %s becomes an answer without its text',
    async (_how, status, body, headers, answer) => {
      google.planted = { status, body, headers: headers as Record<string, string> };
      expect(await failure(workload().token)).toEqual(answer);
    },
  );

  it('that is not there is told by the code of the socket', async () => {
    const hosts = { sts: 'https://127.0.0.1:1', iamCredentials: 'https://127.0.0.1:1' };
    expect(await failure(workload({ hosts }).token)).toEqual({ kind: 'unavailable', code: 'ECONNREFUSED' });
  });
});
