import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { openAzure } from '../../../../test/peers/azure-subject.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import type { AzureBackend } from './azure-backend.ts';

describe('versions before the one that is stored in a vault', () => {
  let fake: FakeAzure;
  let backend: AzureBackend;
  let second = 1_750_000_000;
  beforeEach(async () => {
    fake = await FakeAzure.open();
    fake.vault.now = () => second;
    backend = openAzure(fake);
  });
  afterEach(() => fake.close());

  /** What a person stores, each in a second of its own. */
  const older = (count: number) => {
    const ids = Array.from({ length: count }, () => {
      second++;
      return fake.vault.store('a', 'old');
    });
    second++;
    return ids;
  };
  const put = (spare: readonly string[] = []) =>
    backend.put({ key: 'a', spare }, SecretValue.fromText('new'), idle());
  const kindOf = async (version: string) => (await backend.read([{ key: 'a', version }], idle()))[0]?.kind;
  const requests = () => fake.calls.filter(({ authorized }) => authorized).map(({ method }) => method);

  it('are none where the secret is new', async () => {
    expect(await put()).toMatchObject({ kind: 'stored', earlier: 'none' });
    expect(requests()).toEqual(['PUT', 'GET']);
  });

  it('are disabled, and the one that is stored is not', async () => {
    const [one = '', two = ''] = older(2);
    const stored = await put();
    expect(stored).toMatchObject({ kind: 'stored', earlier: 'unusable' });
    expect([await kindOf(one), await kindOf(two)]).toEqual(['disabled', 'disabled']);
    expect((await backend.read([{ key: 'a' }], idle()))[0]).toMatchObject({ kind: 'found' });
  });

  it('cost a call for each that is still enabled, and one to see which', async () => {
    older(1);
    await put();
    second++;
    fake.calls.length = 0;
    await put();
    expect(requests()).toEqual(['PUT', 'GET', 'PATCH']);
  });

  it('are left alone where somebody reads one by name', async () => {
    const [one = '', two = ''] = older(2);
    expect(await put([one])).toMatchObject({ earlier: 'usable' });
    expect([await kindOf(one), await kindOf(two)]).toEqual(['found', 'disabled']);
  });

  it('of the same second may be newer, and stay', async () => {
    const id = fake.vault.store('a', 'of another');
    expect(await put()).toMatchObject({ earlier: 'usable' });
    expect(await kindOf(id)).toBe('found');
  });

  it('stay where the identity may not change them, and the value is stored all the same', async () => {
    const [one = ''] = older(1);
    fake.vault.mayUpdate = false;
    expect(await put()).toMatchObject({ kind: 'stored', earlier: 'usable' });
    expect(await kindOf(one)).toBe('found');
  });

  it('are not known where there are more than four pages of them', async () => {
    for (const id of older(110)) fake.vault.change('a', id, { enabled: false });
    expect(await put()).toMatchObject({ kind: 'stored', earlier: 'unknown' });
  });

  it('are disabled ten at a time', async () => {
    older(12);
    expect(await put()).toMatchObject({ earlier: 'usable' });
    expect(requests().filter((method) => method === 'PATCH')).toHaveLength(10);
    expect(await put()).toMatchObject({ earlier: 'usable' });
  });
});
