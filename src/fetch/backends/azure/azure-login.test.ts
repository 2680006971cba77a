import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { loginOptions, workloadIdentity } from '../../../../test/peers/azure-subject.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { CLIENT_SECRET, clusterToken } from '../../../../test/peers/fake-azure-tokens.ts';
import { AZURE_TEXT, type FakeReply } from '../../../../test/peers/fake-azure-vault.ts';
import { KubeError } from '../../../kube/kube-error.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { azureAuthority, isAzureTenant } from './azure-authority.ts';
import { AzureClientSecret, type AzureCredential, AzureWorkloadIdentity } from './azure-login.ts';

let fake: FakeAzure;
let clock: SteppedClock;
beforeEach(async () => {
  fake = await FakeAzure.open();
  clock = new SteppedClock();
});
afterEach(() => fake.close());

const token = async (login: AzureCredential) => (await login.getToken('any')).token;
const answerOf = async (login: AzureCredential) => {
  const failure: unknown = await login.getToken('any').catch((error: unknown) => error);
  if (!(failure instanceof LoginFailed)) throw new Error('it did not fail as a login');
  expect(inspect(failure)).not.toContain(AZURE_TEXT);
  return failure.answer;
};
const SECOND = 1_000;
const exchanges = () => fake.tokens.exchanges.length;

describe('a workload identity', () => {
  it('exchanges once for everybody who asks at once', async () => {
    const login = workloadIdentity(fake, { clock });
    const tokens = await Promise.all([token(login), token(login), token(login)]);
    expect(new Set(tokens).size).toBe(1);
    expect(exchanges()).toBe(1);
  });

  it.each([
    [0, 2_520],
    [0.999, 2_879],
  ])('renews between 70 and 80 %% of the lifetime (random %f)', async (random, renewedAfter) => {
    const login = workloadIdentity(fake, { clock, random: () => random });
    const first = await token(login);
    await clock.pass((renewedAfter - 1) * SECOND);
    expect(await token(login)).toBe(first);
    await clock.pass(2 * SECOND);
    expect(await token(login)).not.toBe(first);
    expect(exchanges()).toBe(2);
  });

  it('uses what it has while the authority does not answer, and asks it once in half a minute', async () => {
    const login = workloadIdentity(fake, { clock });
    const first = await token(login);
    fake.tokens.trouble = { status: 503 };
    await clock.pass(3_000 * SECOND);
    for (let time = 0; time < 3; time++) expect(await token(login)).toBe(first);
    expect(exchanges()).toBe(2);
    await clock.pass(570 * SECOND);
    expect(await answerOf(login)).toEqual({ kind: 'unavailable', code: 'Http503' });
  });

  it('does not try a failed exchange again within a second', async () => {
    const login = workloadIdentity(fake, { clock });
    fake.tokens.trouble = { status: 503 };
    for (let time = 0; time < 3; time++) await answerOf(login);
    expect(exchanges()).toBe(1);
    fake.tokens.trouble = undefined;
    await clock.pass(SECOND);
    expect(await token(login)).toEqual(expect.any(String));
  });

  it('is the Kubernetes trouble where the service account gives no token', async () => {
    const call = { verb: 'create', resource: 'serviceaccounts/token', target: 'a/b', sensitive: true };
    const assertion = () => Promise.reject(new KubeError({ kind: 'forbidden', call }));
    const login = new AzureWorkloadIdentity({ ...loginOptions(fake), assertion });
    expect(await answerOf(login)).toEqual({ kind: 'identityUnavailable', code: 'TokenRequestForbidden' });
    expect(exchanges()).toBe(0);
  });

  it.each<[string, () => string, string]>([
    ['another audience', () => clusterToken({ aud: ['sts.amazonaws.com'] }), 'AADSTS700212'],
    ['another account', () => clusterToken({ sub: 'system:serviceaccount:b:c' }), 'AADSTS700213'],
    ['no time left', () => clusterToken({ exp: 1_000 }), 'AADSTS700024'],
    [
      'no trusted signature',
      () => clusterToken({}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      'AADSTS50013',
    ],
  ])('with %s is refused, by its code', async (_what, assertion, code) => {
    expect(await answerOf(workloadIdentity(fake, {}, assertion))).toEqual({
      kind: 'identityUnavailable',
      code,
    });
  });
});

describe('an authority', () => {
  it.each<[string, FakeReply, object]>([
    ['throttles', { status: 429, headers: { 'retry-after': '3' } }, { kind: 'throttled', afterMs: 3_000 }],
    [
      'redirects',
      { status: 302, headers: { location: 'https://evil.test' } },
      { kind: 'identityUnavailable', code: 'TokenRefused' },
    ],
    [
      'gives a page',
      { status: 200, body: '<html>' },
      { kind: 'identityUnavailable', code: 'BadTokenAnswer' },
    ],
    [
      'gives no header',
      { status: 200, body: { access_token: 'a\nb', expires_in: 9 } },
      { kind: 'identityUnavailable', code: 'BadTokenAnswer' },
    ],
    [
      'gives no time',
      { status: 200, body: { access_token: 'ab' } },
      { kind: 'identityUnavailable', code: 'BadTokenAnswer' },
    ],
    [
      'has no word',
      { status: 400, body: { error_codes: [AZURE_TEXT] } },
      { kind: 'identityUnavailable', code: 'TokenRefused' },
    ],
  ])('that %s is told by a code', async (_what, reply, answer) => {
    fake.tokens.trouble = reply;
    expect(await answerOf(workloadIdentity(fake))).toEqual(answer);
  });

  it('THREATS 3: comes from a closed list', () => {
    expect(azureAuthority('login.microsoftonline.com')?.vaultScope).toBe('https://vault.azure.net/.default');
    for (const host of [
      'login.microsoftonline.com.evil.test',
      'LOGIN.microsoftonline.com',
      'evil.test/',
      '',
    ]) {
      expect(azureAuthority(host)).toBeUndefined();
    }
  });

  it.each(['..', '.', 'a/b', 'common?x', '', 'common', 'a..b'])(
    'is not asked for the tenant "%s"',
    async (tenantId) => {
      expect(isAzureTenant(tenantId)).toBe(false);
      const login = workloadIdentity(fake, { tenantId });
      expect(await answerOf(login)).toEqual({ kind: 'identityUnavailable', code: 'TenantInvalid' });
      expect(exchanges()).toBe(0);
    },
  );
});

describe('a client secret', () => {
  const login = (secret: string) =>
    new AzureClientSecret({ ...loginOptions(fake), secret: SecretValue.fromText(secret) });

  it('is exchanged as it is', async () => {
    expect(await token(login(CLIENT_SECRET))).toEqual(expect.any(String));
    expect(fake.tokens.exchanges[0]?.get('client_secret')).toBe(CLIENT_SECRET);
  });

  it('THREATS 16: that is wrong is refused by its code, and shown nowhere', async () => {
    const wrong = login('cAnary-of-a-client');
    expect(await answerOf(wrong)).toEqual({ kind: 'identityUnavailable', code: 'AADSTS7000215' });
    expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain('cAnary');
  });
});
