import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../../../../test/peers/aws-subject.ts';
import { FakeAws } from '../../../../test/peers/fake-aws.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import type { AwsBackend } from './aws-backend.ts';

const signal = new AbortController().signal;

describe('writing to AWS', () => {
  let fake: FakeAws;
  let backend: AwsBackend;
  beforeEach(async () => {
    fake = await FakeAws.open();
    backend = openBackend(fake.url);
  });
  afterEach(async () => {
    await backend.close();
    await fake.close();
  });
  const put = (key: string, text: string, property?: string) => {
    const ref = property === undefined ? { key } : { key, property };
    return backend.put(ref, SecretValue.fromText(text), signal);
  };
  const operations = () => fake.calls.map(({ operation }) => operation);

  it('creates what is not there, and asks once for what is', async () => {
    await put('a', '1');
    await put('a', '2');
    expect(operations()).toEqual(['PutSecretValue', 'CreateSecret', 'PutSecretValue']);
  });

  it('tells that the version before stays readable, whatever labels it has', async () => {
    expect(await put('a', '1')).toMatchObject({ earlier: 'none' });
    expect(await put('a', '2')).toMatchObject({ earlier: 'usable' });
    expect(operations()).not.toContain('UpdateSecretVersionStage');
  });

  it('is refused for good what AWS lets nobody change', async () => {
    await put('a', '1');
    fake.trouble.set('PutSecretValue', { kind: 'error', name: 'InvalidRequestException' });
    expect(await put('a', '2')).toEqual({ kind: 'refused', why: 'rejected' });
    fake.trouble.set('DeleteSecret', { kind: 'error', name: 'InvalidRequestException' });
    const removed = await backend.remove({ key: 'a' }, signal);
    expect(removed).toEqual({ kind: 'refused', why: 'rejected' });
  });

  it('makes one version of a value, although it was sent twice', async () => {
    await put('a', '1');
    expect(fake.secrets.store.any('a').versions.size).toBe(1);
  });

  it('refuses without a request what AWS could not hold', async () => {
    expect(await put('a', 'x'.repeat(65_537))).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(await put('not a name', 'x')).toEqual({ kind: 'refused', why: 'keyInvalid' });
    expect(await put('a', 'x', 'password')).toEqual({ kind: 'refused', why: 'wholeOnly' });
    const part = await backend.remove({ key: 'a', property: 'password' }, signal);
    expect(part).toEqual({ kind: 'refused', why: 'wholeOnly' });
    expect(await put('a', 'x'.repeat(65_536))).toMatchObject({ kind: 'stored' });
    expect(operations()).toEqual(['PutSecretValue', 'CreateSecret']);
  });

  it('removes for ever, and what never was is absent', async () => {
    await put('a', '1');
    expect(await backend.remove({ key: 'a' }, signal)).toEqual({ kind: 'removed', recoverable: false });
    expect(fake.secrets.store.secrets.size).toBe(0);
    expect(await backend.remove({ key: 'never was' }, signal)).toEqual({ kind: 'absent' });
    expect(await backend.remove({ key: 'never.was' }, signal)).toEqual({ kind: 'absent' });
  });

  it('leaves days to think where it is told to', async () => {
    const careful = openBackend(fake.url, { removal: { kind: 'scheduled', days: 7 } });
    await put('a', '1');
    const removed = await careful.remove({ key: 'a' }, signal);
    expect(removed).toEqual({ kind: 'removed', recoverable: true });
    const days = ((fake.secrets.store.any('a').deletedAt ?? 0) - fake.now()) / 86_400_000;
    expect(Math.round(days)).toBe(7);
    await careful.close();
  });

  it('removes a secret that never had a value', async () => {
    fake.secrets.store.create('empty');
    expect(await backend.remove({ key: 'empty' }, signal)).toEqual({ kind: 'removed', recoverable: false });
  });
});
