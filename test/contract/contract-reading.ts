/** What every backend does when it is asked. Part of backend-contract.ts. */
import { expect } from 'vitest';
import type { SecretRef } from '../../src/fetch/port.ts';
import { type Checks, idle, inBatches, put, textOf, versionOf, versionRead } from './contract-calls.ts';

export const READING: Checks = {
  'describes each reference, in the order asked': async ({ backend, store }, key) => {
    await store(key('b'), 'x');
    await store(key('a'), 'x');
    const refs = ['b', 'missing', 'a', 'b'].map((each) => ({ key: key(each) }));
    const answers = await inBatches(backend.capabilities.batchSize, refs, (batch) =>
      backend.describe(batch, idle()),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(['found', 'absent', 'found', 'found']);
    expect(answers[0]).toEqual(answers[3]);
    expect(answers[0]).not.toEqual(answers[2]);
  },

  'reads each reference, in the order asked': async (subject, key) => {
    const { backend, store } = subject;
    const names = Array.from({ length: 25 }, (_, n) => `k${n}`);
    for (const each of names) await store(key(each), `value of ${each}`);
    const refs = [...names, 'missing'].map((each) => ({ key: key(each) }));
    const answers = await inBatches(backend.capabilities.batchSize, refs, (batch) =>
      backend.read(batch, idle()),
    );
    const texts = answers.map((answer) =>
      answer.kind === 'found' ? textOf(subject, answer.payload) : answer.kind,
    );
    expect(texts).toEqual([...names.map((each) => `value of ${each}`), 'absent']);
  },

  'reads the version that it describes': async (subject, key) => {
    await subject.store(key('a'), 'x');
    expect(await versionRead(subject, { key: key('a') })).toBe(await versionOf(subject, { key: key('a') }));
  },

  'describes and lists without reading a value': async ({ backend, store, valueReads }, key) => {
    await store(key('a'), 'x');
    const before = await valueReads();
    await backend.describe([{ key: key('a') }], idle());
    await backend.list(key(''), idle());
    await backend.check(idle());
    expect((await valueReads()) - before).toBe(0);
    await backend.read([{ key: key('a') }], idle());
    expect((await valueReads()) - before).toBe(1);
  },

  'an unread reference is described without its value being read': async (subject, key) => {
    const { backend, valueReads } = subject;
    const current = await put(subject, key('a'), 'x');
    const old = await put(subject, key('b'), 'old');
    await put(subject, key('b'), 'new');
    const ofB = [old, 'never-was'].map((version) => ({ key: key('b'), version }));
    const refs = [{ key: key('a') }, { key: key('missing') }, ...ofB];
    const described = (all: readonly SecretRef[]) =>
      inBatches(backend.capabilities.batchSize, all, (batch) => backend.describe(batch, idle()));
    const before = await valueReads();
    const unread = await described(refs.map((ref) => ({ ...ref, unread: true })));
    expect((await valueReads()) - before).toBe(0);
    expect(unread[0]).toEqual({ kind: 'found', version: current });
    expect(unread).toEqual(await described(refs));
  },

  'FAULTS 7: lists below a prefix by whole segments': async ({ backend, store }, key) => {
    for (const each of ['team-a.one', 'team-a.two.x', 'team-ab.three', 'team-a']) await store(key(each), 'x');
    const below = (prefix: string) => backend.list(key(prefix), idle());
    const found = { kind: 'listed', keys: [key('team-a.one'), key('team-a.two.x')], truncated: false };
    await expect.poll(() => below('team-a.')).toEqual(found);
    expect(await below('team-a')).toEqual(found);
    expect(await below('team-a.t')).toMatchObject({ keys: [] });
    expect(await below('nothing.')).toMatchObject({ kind: 'listed', keys: [] });
  },

  'FAULTS 6: names that no secret has are absent': async ({ backend }) => {
    for (const key of ['../secrets', 'a%2fb', '..', 'ſecret', 'a?b=c', 'x'.repeat(600)]) {
      expect(await backend.describe([{ key }], idle())).toEqual([{ kind: 'absent' }]);
      expect(await backend.read([{ key }], idle())).toEqual([{ kind: 'absent' }]);
    }
  },

  'reports a change of a key': async (subject, key) => {
    const changed: (string | undefined)[] = [];
    const stop = subject.backend.watch?.((each) => changed.push(each));
    await expect.poll(() => subject.backend.capabilities.pushesChanges, { timeout: 10_000 }).toBe(true);
    await subject.store(key('a'), 'x');
    const heard = () => changed.includes(key('a')) || changed.includes(undefined);
    await expect.poll(heard, { timeout: 10_000 }).toBe(true);
    stop?.();
  },
};
