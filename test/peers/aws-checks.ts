/** What an AWS backend does beyond the contract, said of any program that speaks AWS. Called by the tests of both peers. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { SecretValue } from '../../src/model/secret-value.ts';
import { idle, put, textRead, versionOf, versionRead } from '../contract/contract-calls.ts';
import { type AwsSubject, openBackend } from './aws-subject.ts';

export type AwsChecks = Readonly<
  Record<string, (subject: AwsSubject, key: (name: string) => string, url: string) => Promise<void>>
>;

const refs = (...keys: readonly string[]) => keys.map((key) => ({ key }));

/** In one batch with a second secret, so that it is a batch. */
async function batched({ backend }: AwsSubject, key: string, other: string): Promise<string> {
  const [answer] = await backend.read(refs(key, other), idle());
  if (answer?.kind !== 'found' || answer.payload.kind !== 'value') return String(answer?.kind);
  return answer.payload.value.reveal().toString();
}

export const AWS_CHECKS: AwsChecks = {
  'reads what a staging label points to': async (subject, key) => {
    const old = await put(subject, key('a'), 'old');
    const current = await put(subject, key('a'), 'new');
    expect(await versionOf(subject, { key: key('a'), version: 'AWSPREVIOUS' })).toBe(old);
    expect(await textRead(subject, { key: key('a'), version: 'AWSPREVIOUS' })).toBe('old');
    expect(await versionRead(subject, { key: key('a'), version: 'AWSCURRENT' })).toBe(current);
    expect(await versionOf(subject, { key: key('a'), version: 'nothing' })).toBe('versionGone');
    expect(await versionOf(subject, { key: key('b'), version: 'AWSPREVIOUS' })).toBe('absent');
    expect(await textRead(subject, { key: key('b'), version: 'AWSPREVIOUS' })).toBe('absent');
  },

  'describes a pinned id, also when its last label has gone': async (subject, key) => {
    const first = await put(subject, key('a'), '1');
    await put(subject, key('a'), '2');
    await put(subject, key('a'), '3');
    expect(await versionOf(subject, { key: key('a'), version: first })).toBe(first);
    expect(await textRead(subject, { key: key('a'), version: first })).toBe('1');
    expect(await versionOf(subject, { key: key('a'), version: randomUUID() })).toBe('versionGone');
  },

  'follows AWSCURRENT back to an older version, one secret at a time': async (subject, key) => {
    const old = await rolledBack(subject, key('a'));
    expect(await versionOf(subject, { key: key('a') })).toBe(old);
    expect(await textRead(subject, { key: key('a') })).toBe('old');
  },

  'follows AWSCURRENT back to an older version, in a batch': async (subject, key) => {
    await rolledBack(subject, key('a'));
    await put(subject, key('b'), 'x');
    expect(await batched(subject, key('a'), key('b'))).toBe('old');
  },

  'keeps bytes that are no text': async (subject, key) => {
    const bytes = Buffer.from([0, 255, 128, 7]);
    await subject.backend.put({ key: key('a') }, new SecretValue(bytes), idle());
    const stored = await subject.person.getSecretValue({ SecretId: key('a') });
    expect(Buffer.from(stored.SecretBinary ?? [])).toEqual(bytes);
    await put(subject, key('b'), 'x');
    for (const keys of [[key('a')], [key('a'), key('b')]]) {
      const [answer] = await subject.backend.read(refs(...keys), idle());
      if (answer?.kind !== 'found' || answer.payload.kind !== 'value') throw new Error('not found');
      expect(answer.payload.value.reveal()).toEqual(bytes);
    }
  },

  'calls a secret without a value absent, and reads the others of its batch': async (subject, key) => {
    await subject.person.createSecret({ Name: key('empty') });
    await put(subject, key('a'), 'x');
    expect(await versionOf(subject, { key: key('empty') })).toBe('absent');
    expect(await textRead(subject, { key: key('empty') })).toBe('absent');
    const answers = await subject.backend.read(refs(key('a'), key('empty'), key('b')), idle());
    expect(answers.map(({ kind }) => kind)).toEqual(['found', 'absent', 'absent']);
  },

  'tells a secret that is scheduled for deletion from one that is not there': async (subject, key, url) => {
    const keeping = openBackend(url, { removal: { kind: 'scheduled', days: 7 } });
    await put(subject, key('a'), 'x');
    await put(subject, key('b'), 'x');
    expect(await keeping.remove({ key: key('a') }, idle())).toEqual({
      kind: 'removed',
      recoverable: true,
    });
    expect(await keeping.remove({ key: key('a') }, idle())).toEqual({ kind: 'absent' });
    expect(await versionOf(subject, { key: key('a') })).toBe('softDeleted');
    expect(await textRead(subject, { key: key('a') })).toBe('softDeleted');
    expect(await batched(subject, key('a'), key('b'))).toBe('softDeleted');
    await keeping.close();
  },

  'does not write to a secret that is scheduled for deletion': async (subject, key) => {
    await put(subject, key('a'), 'x');
    await subject.person.deleteSecret({ SecretId: key('a'), RecoveryWindowInDays: 7 });
    const again = await subject.backend.put({ key: key('a') }, SecretValue.fromText('y'), idle());
    expect(again).toEqual({ kind: 'refused', why: 'softDeleted' });
  },

  'removes for good what somebody else had scheduled for deletion': async (subject, key) => {
    await put(subject, key('a'), 'x');
    await subject.person.deleteSecret({ SecretId: key('a'), RecoveryWindowInDays: 7 });
    const removed = { kind: 'removed', recoverable: false };
    expect(await subject.backend.remove({ key: key('a') }, idle())).toEqual(removed);
    expect(await versionOf(subject, { key: key('a') })).toBe('absent');
  },

  'lists by one exact tag': async (subject, key) => {
    const create = (name: string, ...tags: readonly (readonly [string, string])[]) =>
      subject.person.createSecret({
        Name: key(name),
        SecretString: 'x',
        Tags: tags.map(([Key, Value]) => ({ Key, Value })),
      });
    await create('wanted', [key('team'), 'web']);
    await create('longer', [key('team'), 'website']);
    await create('crossed', [key('team'), 'api'], ['other', 'web']);
    const found = await subject.backend.listTagged({ key: key('team'), value: 'web' }, idle());
    expect(found).toEqual({ kind: 'listed', keys: [key('wanted')], truncated: false });
  },

  'lists every page': async (subject, key) => {
    const names = Array.from({ length: 120 }, (_, n) => key(`many/${String(n).padStart(3, '0')}`));
    for (const name of names) await subject.person.createSecret({ Name: name, SecretString: 'x' });
    expect(await subject.backend.list(key('many/'), idle())).toEqual({
      kind: 'listed',
      keys: names,
      truncated: false,
    });
  },
};

/** AWSCURRENT on the first of two versions; its id. */
async function rolledBack({ person, ...subject }: AwsSubject, key: string): Promise<string> {
  const old = await put(subject, key, 'old');
  const newer = await put(subject, key, 'new');
  await person.updateSecretVersionStage({
    SecretId: key,
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: old,
    RemoveFromVersionId: newer,
  });
  return old;
}
