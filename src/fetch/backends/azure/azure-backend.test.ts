import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backendContract } from '../../../../test/contract/backend-contract.ts';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { AZURE_CHECKS } from '../../../../test/peers/azure-checks.ts';
import { AZURE_SKIPS, fakeSubject, openAzure } from '../../../../test/peers/azure-subject.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import type { AzureBackend } from './azure-backend.ts';

backendContract('azure', fakeSubject, { skip: AZURE_SKIPS });

describe.each(Object.entries(AZURE_CHECKS))('a vault', (name, check) => {
  it(name, async () => {
    const subject = await fakeSubject();
    await check(subject, (key) => `t0.${key}`);
    await subject.close();
  });
});

let fake: FakeAzure;
let backend: AzureBackend;
beforeEach(async () => {
  fake = await FakeAzure.open();
  backend = openAzure(fake);
});
afterEach(() => fake.close());

const described = async (key: string, version?: string) =>
  (await backend.describe([version === undefined ? { key } : { key, version }], idle()))[0];
const readKind = async (key: string, version?: string) => {
  const [answer] = await backend.read([version === undefined ? { key } : { key, version }], idle());
  return answer?.kind === 'found' ? answer.version : answer?.kind;
};
const put = (key: string, value: SecretValue) => backend.put({ key }, value, idle());
const text = (length: number) => SecretValue.fromText('x'.repeat(length));
/** Calls that a vault counts: all but the challenge. */
const asked = () =>
  fake.calls.filter(({ authorized }) => authorized).map(({ method, path }) => `${method} ${path}`);

describe('on the wire', () => {
  it('the first request has neither token nor body, whatever it is', async () => {
    await put('a', SecretValue.fromText('value'));
    const [first, second] = fake.calls.map(({ authorized, bodyBytes }) => [authorized, bodyBytes > 0]);
    expect([first, second]).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('a vault is challenged once', async () => {
    fake.vault.store('a', 'x');
    for (let time = 0; time < 3; time++) await readKind('a');
    expect(fake.calls.filter(({ authorized }) => !authorized)).toHaveLength(1);
    expect(fake.tokens.exchanges).toHaveLength(1);
  });

  it('the current version is the path that ends in a slash', async () => {
    const version = fake.vault.store('a', 'x');
    await readKind('a');
    await readKind('a', version);
    expect(asked()).toEqual(['GET /secrets/a/', `GET /secrets/a/${version}`]);
  });

  it('a check is one call for one name', async () => {
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
    expect(asked()).toEqual(['GET /secrets?maxresults=1']);
  });
});

describe('versions', () => {
  it('the newest counts, on whichever page of 25 it is; a pinned one ends the search', async () => {
    const ids = Array.from({ length: 60 }, (_, second) => {
      fake.vault.now = () => 1_000 + second;
      return fake.vault.store('a', 'x');
    });
    expect(await described('a')).toEqual({ kind: 'found', version: ids.at(-1) });
    expect(asked()).toHaveLength(3);
    const [first = ''] = [...ids].sort();
    expect(await described('a', first)).toEqual({ kind: 'found', version: first });
    expect(asked()).toHaveLength(4);
  });

  it('two of one second cannot be told apart: a read decides, until a third one comes', async () => {
    fake.vault.now = () => 1_000;
    for (const value of ['x', 'y']) fake.vault.store('a', value);
    const undecided = await described('a');
    const current = await readKind('a');
    expect(undecided).toMatchObject({ kind: 'found', version: expect.stringMatching(/^undecided-/) });
    for (let time = 0; time < 2; time++)
      expect(await described('a')).toEqual({ kind: 'found', version: current });
    const third = fake.vault.store('a', 'z');
    expect(await described('a')).not.toEqual({ kind: 'found', version: current });
    expect(await readKind('a')).toBe(third);
    expect(await described('a')).toEqual({ kind: 'found', version: third });
  });

  it.each([
    ['disabled', { enabled: false }],
    ['expired', { exp: 1_000 }],
    ['not valid yet', { nbf: 4_000_000_000 }],
  ])(
    'one that is %s is said to be disabled, neither absent nor denied, until that changes',
    async (_what, attributes) => {
      const version = fake.vault.store('a', 'x', attributes);
      for (const pinned of [undefined, version]) {
        expect(await described('a', pinned)).toEqual({ kind: 'disabled' });
        expect(await readKind('a', pinned)).toBe('disabled');
      }
      fake.vault.change('a', version, { enabled: true, exp: 4_000_000_000, nbf: 1_000 });
      expect(await described('a')).toEqual({ kind: 'found', version });
      expect(await readKind('a')).toBe(version);
    },
  );

  it('a pinned one that is not there is gone; of a secret that is not there, absent', async () => {
    fake.vault.store('a', 'x');
    const other = '0123456789abcdef0123456789abcdef';
    expect([await described('a', other), await readKind('a', other)]).toEqual([
      { kind: 'versionGone' },
      'versionGone',
    ]);
    expect([await described('b', other), await readKind('b', other)]).toEqual([{ kind: 'absent' }, 'absent']);
  });
});

describe('a list', () => {
  const fill = (count: number) => {
    for (let n = 0; n < count; n++) fake.vault.store(`team--${String(n).padStart(3, '0')}`, 'x');
  };

  it('takes a call for each 25 secrets', async () => {
    fill(60);
    const answer = await backend.list('team', idle());
    expect(answer).toMatchObject({ kind: 'listed', truncated: false, keys: { length: 60 } });
    expect(asked()).toHaveLength(3);
  });

  it.each([
    [500, false],
    [501, true],
  ])('of %i secrets ends after 20 pages, truncated: %s', async (count, truncated) => {
    fill(count);
    const answer = await backend.list('', idle());
    expect(answer).toMatchObject({ kind: 'listed', truncated, keys: { length: 500 } });
  });

  it('leaves out the keys of certificates, which only their name gives', async () => {
    fake.vault.certify('web--tls');
    fake.vault.store('web--token', 'x');
    expect(await backend.list('web', idle())).toMatchObject({ keys: ['web--token'] });
    expect(await described('web--tls')).toMatchObject({ kind: 'found' });
  });
});

describe('what is written', () => {
  it.each(['a_b', 'a.b', 'a/b', '', 'ä', 'x'.repeat(128)])('never goes under the name "%s"', async (key) => {
    expect(await put(key, text(1))).toEqual({ kind: 'refused', why: 'keyInvalid' });
    expect(await described(key)).toEqual({ kind: 'absent' });
    expect(await readKind(key)).toBe('absent');
    expect(await backend.remove({ key }, idle())).toEqual({ kind: 'absent' });
    expect(fake.calls).toEqual([]);
  });

  it('has at most 25 KB, said before the call', async () => {
    expect(await put('a', text(25_600))).toMatchObject({ kind: 'stored' });
    fake.calls.length = 0;
    expect(await put('a', text(25_601))).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(fake.calls).toEqual([]);
  });

  it('is too large where the vault finds it so', async () => {
    fake.trouble = { status: 400, body: { error: { code: 'BadParameter' } } };
    expect(await put('a', text(25_001))).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(await put('a', text(25_000))).toEqual({ kind: 'unavailable', code: 'Http400' });
  });

  it('is never changed into text that it is not', async () => {
    const bytes = new SecretValue(Buffer.from([0xff, 0xfe]));
    expect(await put('a', bytes)).toEqual({ kind: 'refused', why: 'notText' });
    expect(fake.calls).toEqual([]);
  });

  it('a part of a value is neither written nor removed', async () => {
    fake.vault.store('a', '{"user":"ana"}');
    const part = { key: 'a', property: 'user' };
    const refused = { kind: 'refused', why: 'wholeOnly' };
    expect(await backend.put(part, text(1), idle())).toEqual(refused);
    expect(await backend.remove(part, idle())).toEqual(refused);
    expect(fake.calls).toEqual([]);
  });
});

describe('what is removed', () => {
  const FOR_GOOD = { kind: 'removed', recoverable: false };
  const RECOVERABLE = { kind: 'removed', recoverable: true };
  const remove = () => backend.remove({ key: 'a' }, idle());

  it('is purged, and its name is free', async () => {
    fake.vault.store('a', 'x');
    expect(await remove()).toEqual(FOR_GOOD);
    expect(fake.vault.isDeleted('a')).toBe(false);
    expect(await put('a', text(1))).toMatchObject({ kind: 'stored' });
  });

  it('is absent where it may not be purged, and its name is taken as long as it could be recovered', async () => {
    fake.vault.mayPurge = false;
    fake.vault.store('a', 'x');
    expect(await remove()).toEqual(RECOVERABLE);
    expect(fake.vault.isDeleted('a')).toBe(true);
    expect([await described('a'), await readKind('a')]).toEqual([{ kind: 'absent' }, 'absent']);
    expect(await put('a', text(1))).toEqual({ kind: 'refused', why: 'softDeleted' });
    expect(await remove()).toEqual({ kind: 'absent' });
  });

  it('is purged by whoever comes second where the first one could not', async () => {
    fake.vault.mayPurge = false;
    fake.vault.store('a', 'x');
    await remove();
    fake.vault.mayPurge = true;
    expect(await remove()).toEqual(FOR_GOOD);
    expect(await remove()).toEqual({ kind: 'absent' });
  });

  it('is kept where that is wanted', async () => {
    backend = openAzure(fake, { purge: false });
    fake.vault.store('a', 'x');
    expect(await remove()).toEqual(RECOVERABLE);
    expect(fake.vault.isDeleted('a')).toBe(true);
  });
});
