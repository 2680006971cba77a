/** What every backend does when it is given a value to keep. Part of backend-contract.ts. */
import { expect } from 'vitest';
import { wipePayload } from '../../src/fetch/payload.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { type Checks, fieldsOf, idle, put, refFor, textOf, textRead, versionOf } from './contract-calls.ts';

export const WRITING: Checks = {
  'stores a value, and its version changes': async (subject, key) => {
    const first = await put(subject, key('a'), 'one');
    expect(await versionOf(subject, { key: key('a') })).toBe(first);
    const second = await put(subject, key('a'), 'two');
    expect(second).not.toBe(first);
    expect(await textRead(subject, { key: key('a') })).toBe('two');
  },

  'stores one property and leaves the others': async ({ backend }, key) => {
    const store = (property: string, text: string) =>
      backend.put({ key: key('a'), property }, SecretValue.fromText(text), idle());
    for (const [property, text] of [
      ['user', 'ana'],
      ['password', 'x'],
      ['password', 'y'],
    ] as const) {
      expect(await store(property, text)).toMatchObject({ kind: 'stored' });
    }
    expect(await fieldsOf(backend, key('a'))).toEqual({ user: 'ana', password: 'y' });
    expect(await backend.remove({ key: key('a'), property: 'user' }, idle())).toEqual({ kind: 'removed' });
    expect(await fieldsOf(backend, key('a'))).toEqual({ password: 'y' });
    expect(await backend.remove({ key: key('a'), property: 'user' }, idle())).toEqual({ kind: 'absent' });
  },

  'removes a secret once': async (subject, key) => {
    await put(subject, key('a'), 'x');
    expect(await subject.backend.remove({ key: key('a') }, idle())).toEqual({ kind: 'removed' });
    expect(await subject.backend.remove({ key: key('a') }, idle())).toEqual({ kind: 'absent' });
    expect(await subject.backend.describe([{ key: key('a') }], idle())).toEqual([{ kind: 'absent' }]);
  },

  'refuses a value that is too large, and keeps the old one': async (subject, key) => {
    await put(subject, key('a'), 'old');
    const value = new SecretValue(Buffer.alloc(subject.backend.capabilities.maxValueBytes + 1, 'x'));
    const answer = await subject.backend.put(refFor(subject, key('a')), value, idle());
    expect(answer).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(await textRead(subject, { key: key('a') })).toBe('old');
  },

  'reads an old version, or says that it is gone': async (subject, key) => {
    const old = await put(subject, key('a'), 'old');
    await put(subject, key('a'), 'new');
    const expected = subject.backend.capabilities.readsOldVersions ? 'old' : 'versionGone';
    expect(await textRead(subject, { key: key('a'), version: old })).toBe(expected);
    expect(await textRead(subject, { key: key('a'), version: 'never-was' })).toBe('versionGone');
  },

  'hands out boxes that nobody else holds': async (subject, key) => {
    const value = SecretValue.fromText('x');
    await subject.backend.put(refFor(subject, key('a')), value, idle());
    value.wipe();
    for (let time = 0; time < 2; time++) {
      const [answer] = await subject.backend.read([{ key: key('a') }], idle());
      if (answer?.kind !== 'found') throw new Error(`not found but ${answer?.kind}`);
      expect(textOf(subject, answer.payload)).toBe('x');
      wipePayload(answer.payload);
    }
  },
};
