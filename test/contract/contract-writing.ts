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

  'THREATS 14: makes a new version of the same value, so that nobody learns whether a guess was right':
    async (subject, key) => {
      const first = await put(subject, key('a'), 'same');
      const second = await put(subject, key('a'), 'same');
      expect(second).not.toBe(first);
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
    expect(await backend.remove({ key: key('a'), property: 'user' }, idle())).toMatchObject({
      kind: 'removed',
    });
    expect(await fieldsOf(backend, key('a'))).toEqual({ password: 'y' });
    expect(await backend.remove({ key: key('a'), property: 'user' }, idle())).toEqual({ kind: 'absent' });
  },

  'removes a secret once': async (subject, key) => {
    await put(subject, key('a'), 'x');
    const removed = { kind: 'removed', recoverable: expect.any(Boolean) };
    expect(await subject.backend.remove({ key: key('a') }, idle())).toEqual(removed);
    expect(await subject.backend.remove({ key: key('a') }, idle())).toEqual({ kind: 'absent' });
    expect(await subject.backend.describe([{ key: key('a') }], idle())).toEqual([{ kind: 'absent' }]);
  },

  'stores under a name again that it removed for good': async (subject, key) => {
    await put(subject, key('a'), 'x');
    const removed = await subject.backend.remove({ key: key('a') }, idle());
    if (removed.kind !== 'removed' || removed.recoverable) return;
    await put(subject, key('a'), 'y');
    expect(await textRead(subject, { key: key('a') })).toBe('y');
  },

  'tells truly what became of the version before': async (subject, key) => {
    const { backend, store } = subject;
    await store(key('a'), 'old');
    const old = await versionOf(subject, { key: key('a') });
    // providers tell times in whole seconds, and which of two in one second is older they do not tell
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const stored = await backend.put(refFor(subject, key('a')), SecretValue.fromText('new'), idle());
    if (stored.kind !== 'stored') throw new Error(`not stored but ${stored.kind}`);
    const text = await textRead(subject, { key: key('a'), version: old });
    if (stored.earlier === 'unusable') expect(['disabled', 'versionGone']).toContain(text);
    if (stored.earlier === 'usable') expect(text).toBe('old');
    expect(stored.earlier).not.toBe('none');
    expect(await textRead(subject, { key: key('a') })).toBe('new');
  },

  'leaves a version that somebody reads by name as it is': async (subject, key) => {
    const { backend, store } = subject;
    if (!backend.capabilities.readsOldVersions) return;
    await store(key('a'), 'old');
    const old = await versionOf(subject, { key: key('a') });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const ref = { ...refFor(subject, key('a')), spare: [old] };
    const stored = await backend.put(ref, SecretValue.fromText('new'), idle());
    expect(stored).not.toMatchObject({ earlier: 'unusable' });
    expect(await textRead(subject, { key: key('a'), version: old })).toBe('old');
  },

  'refuses a value that is too large, and keeps the old one': async (subject, key) => {
    await put(subject, key('a'), 'old');
    const value = new SecretValue(Buffer.alloc(subject.backend.capabilities.maxValueBytes + 1, 'x'));
    const answer = await subject.backend.put(refFor(subject, key('a')), value, idle());
    expect(answer).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(await textRead(subject, { key: key('a') })).toBe('old');
  },

  'reads an old version, or says that it is gone': async (subject, key) => {
    await subject.store(key('a'), 'old');
    const old = await versionOf(subject, { key: key('a') });
    await subject.store(key('a'), 'new');
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
