import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everyAnswer, idle } from '../../../../test/contract/contract-calls.ts';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { openAzure, workloadIdentity } from '../../../../test/peers/azure-subject.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { TENANT } from '../../../../test/peers/fake-azure-tokens.ts';
import { AZURE_TEXT, type FakeReply, refusal } from '../../../../test/peers/fake-azure-vault.ts';
import type { AzureBackend } from './azure-backend.ts';

let fake: FakeAzure;
let backend: AzureBackend;
beforeEach(async () => {
  fake = await FakeAzure.open();
  backend = openAzure(fake);
  fake.vault.store('a', 'x');
});
afterEach(() => fake.close());

const nothing = async () => undefined;
const every = () => {
  const rest = { store: nothing, trouble: nothing, valueReads: async () => 0, close: nothing };
  return everyAnswer({ backend, property: undefined, ...rest }, 'a');
};
const read = async () => (await backend.read([{ key: 'a' }], idle()))[0];

describe('a vault that refuses', () => {
  it.each<[string, FakeReply, object]>([
    ['a right', refusal(403, 'Forbidden', 'AccessDenied'), { kind: 'denied' }],
    ['an address', refusal(403, 'Forbidden', 'ForbiddenByFirewall'), { kind: 'denied', code: 'Firewall' }],
    ['without a word', { status: 403, body: '' }, { kind: 'denied' }],
    ['too many calls', refusal(429, 'Throttled'), { kind: 'throttled', afterMs: 1_000 }],
    [
      'for long',
      { status: 429, headers: { 'retry-after': '9999' } },
      { kind: 'throttled', afterMs: 300_000 },
    ],
    [
      'for a date',
      { status: 429, headers: { 'retry-after': 'Sun, 06 Nov' } },
      { kind: 'throttled', afterMs: 1_000 },
    ],
    ['with 500', refusal(500, 'InternalError'), { kind: 'unavailable', code: 'Http500' }],
    ['with 503 and a page', { status: 503, body: '<html>' }, { kind: 'unavailable', code: 'Http503' }],
    ['with a 404 of a proxy', { status: 404, body: 'no' }, { kind: 'unavailable', code: 'Http404' }],
    ['the token', refusal(401, 'Unauthorized'), { kind: 'identityUnavailable', code: 'TokenRefused' }],
  ])('%s is told by its code, to everything', async (_what, reply, answer) => {
    fake.trouble = reply;
    for (const each of Object.values(await every())) expect(each).toEqual(answer);
  });

  it('disabled is not denied', async () => {
    fake.trouble = refusal(403, 'Forbidden', 'SecretDisabled');
    expect(await read()).toEqual({ kind: 'disabled' });
  });

  it('a check tells an identity that may not list from one behind a firewall', async () => {
    fake.trouble = refusal(403, 'Forbidden', 'ForbiddenByRbac');
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
    fake.trouble = refusal(403, 'Forbidden', 'ForbiddenByFirewall');
    expect(await backend.check(idle())).toEqual({ kind: 'denied', code: 'Firewall' });
  });

  it('is not asked twice, and no redirect is followed', async () => {
    await backend.check(idle());
    for (const reply of [
      refusal(503, 'Busy'),
      { status: 307, headers: { location: `${fake.vaultUrl}/other` } },
    ]) {
      fake.calls.length = 0;
      fake.trouble = reply;
      expect(await read()).toEqual({ kind: 'unavailable', code: `Http${reply.status}` });
      expect(fake.calls.map(({ path }) => path)).toEqual(['/secrets/a/']);
    }
  });

  it('a token that was taken back is replaced for the next call, once in five seconds', async () => {
    const clock = new SteppedClock();
    backend = openAzure(fake, {}, workloadIdentity(fake, { clock }));
    await read();
    fake.tokens.revoke();
    const refused = { kind: 'identityUnavailable', code: 'TokenRefused' };
    expect([await read(), await read()]).toEqual([refused, refused]);
    expect(fake.tokens.exchanges).toHaveLength(1);
    await clock.pass(5_000);
    expect(await read()).toEqual(refused);
    expect(await read()).toMatchObject({ kind: 'found' });
    expect(fake.tokens.exchanges).toHaveLength(2);
  });
});

describe('a vault that does not answer', () => {
  const arrived = () => expect.poll(() => fake.calls.some(({ authorized }) => authorized)).toBe(true);

  it('is given up after ten seconds', async () => {
    const clock = new SteppedClock();
    backend = openAzure(fake, { clock });
    fake.trouble = 'silence';
    const answer = read();
    await arrived();
    await clock.pass(10_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'Timeout' });
  });

  it('is left at once by whoever does not want to know any more', async () => {
    fake.trouble = 'silence';
    const leaving = new AbortController();
    const reason = new Error('enough');
    const answer = backend.read([{ key: 'a' }], leaving.signal);
    const listed = backend.list('', leaving.signal);
    await arrived();
    leaving.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await expect(listed).rejects.toBe(reason);
  });
});

describe('a vault that is not what it should be', () => {
  it('a name that no vault has is not an outage', async () => {
    backend = openAzure(fake, { vaultUrl: fake.unknownVaultUrl });
    expect(await read()).toEqual({ kind: 'unavailable', code: 'NotResolved' });
  });

  it('a vault of another tenant gets no token', async () => {
    fake.challenge.tenant = TENANT.replaceAll('1', '9');
    expect(await read()).toEqual({ kind: 'identityUnavailable', code: 'TenantMismatch' });
    expect(fake.tokens.exchanges).toEqual([]);
  });

  it('THREATS 4: a challenge for another service gets no token', async () => {
    fake.challenge.resource = 'https://management.azure.com';
    expect(await read()).toEqual({ kind: 'identityUnavailable', code: 'ChallengeRefused' });
    expect(fake.tokens.exchanges).toEqual([]);
  });

  it('THREATS 4: even where any challenge is trusted, a token is for Key Vault only', async () => {
    backend = openAzure(fake, { trustAnyChallenge: true });
    fake.challenge.resource = 'https://management.azure.com';
    expect(await read()).toMatchObject({ kind: 'found' });
    expect(fake.tokens.exchanges.map((form) => form.get('scope'))).toEqual([
      'https://vault.azure.net/.default',
    ]);
  });

  it('a page elsewhere is not fetched', async () => {
    fake.trouble = { status: 200, body: { value: [], nextLink: 'https://evil.vault.azure.net/secrets' } };
    expect(await backend.list('', idle())).toEqual({ kind: 'unavailable', code: 'ForeignLink' });
  });

  it('THREATS 18: more than a megabyte is not taken', async () => {
    fake.trouble = { status: 200, body: { value: 'x'.repeat(1_100_000) } };
    expect(await read()).toEqual({ kind: 'unavailable', code: 'ResponseTooLarge' });
  });
});

describe.each(['hunter2', 'k7Qz!ca~nary-15', 'zK9$'.repeat(15)])(
  'THREATS 16: a vault that sends canary %#',
  (canary) => {
    it.each<[string, FakeReply]>([
      ['as text', { status: 200, body: canary }],
      ['in broken JSON', { status: 200, body: `{"value":"${canary}` }],
      ['as a number', { status: 200, body: `{"value":1,"${canary}":2}` }],
      ['as an id', { status: 200, body: { value: canary, id: canary } }],
      ['as the value of a page', { status: 200, body: { value: [{ id: canary }] } }],
      ['as null', { status: 200, body: 'null' }],
      ['as nothing', { status: 200, body: '' }],
      ['in a refusal', refusal(400, canary, canary)],
      ['in an error page', { status: 502, body: `<html>${canary}</html>` }],
      ['as a header', { status: 429, headers: { 'retry-after': canary } }],
    ])('%s is answered with a code, and neither absent nor quoted', async (_how, reply) => {
      fake.trouble = { ...reply, headers: { ...reply.headers } };
      const answers = [
        await read(),
        (await backend.describe([{ key: 'a' }], idle()))[0],
        await backend.list('', idle()),
      ];
      for (const answer of answers) expect(['unavailable', 'throttled']).toContain(answer?.kind);
      const shown = inspect(answers, { depth: 9 });
      expect(shown).not.toContain(AZURE_TEXT);
      for (let at = 0; at + 4 <= canary.length; at++) expect(shown).not.toContain(canary.slice(at, at + 4));
    });
  },
);
