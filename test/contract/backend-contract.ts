/**
 * What every backend does, whatever provider it speaks to: one suite that all of them pass. Called by the test file
 * of each backend.
 */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Payload, SecretRef } from '../../src/fetch/port.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import type { ContractOptions, ContractSubject, TroubleKind } from './contract-subject.ts';

type Check = (subject: ContractSubject, key: (name: string) => string) => Promise<void>;

// seen nowhere but in the value itself
const CANARY = 'cAnary7-1e5f-88d2';
const idle = () => new AbortController().signal;

export function backendContract(
  name: string,
  makeSubject: () => Promise<ContractSubject>,
  { skip = [] }: ContractOptions = {},
): void {
  const unknown = skip.filter(({ test }) => !Object.hasOwn(CHECKS, test));
  if (unknown.length > 0) throw new Error(`no such test in the contract: ${unknown.map(({ test }) => test)}`);
  describe(`the ${name} backend`, () => {
    let subject: ContractSubject;
    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject?.close());
    for (const [index, [test, check]] of Object.entries(CHECKS).entries()) {
      const skipped = skip.find((each) => each.test === test);
      // keys of its own for each test: they share a provider
      const run = () => check(subject, (key) => `t${index}.${key}`);
      if (skipped) it.skip(`${test} (${skipped.reason})`, run);
      else it(test, run);
    }
  });
}

const CHECKS: Readonly<Record<string, Check>> = {
  'describes each reference, in the order asked': async ({ backend, store }, key) => {
    await store(key('b'), 'x');
    await store(key('a'), 'x');
    const refs = ['b', 'missing', 'a', 'b'].map((each) => ({ key: key(each) }));
    const answers = await inBatches(backend.capabilities.batchSize, refs, (batch) => backend.describe(batch, idle()));
    expect(answers.map(({ kind }) => kind)).toEqual(['found', 'absent', 'found', 'found']);
    expect(answers[0]).toEqual(answers[3]);
    expect(answers[0]).not.toEqual(answers[2]);
  },

  'reads each reference, in the order asked': async (subject, key) => {
    const { backend, store } = subject;
    const names = Array.from({ length: 25 }, (_, n) => `k${n}`);
    for (const each of names) await store(key(each), `value of ${each}`);
    const refs = [...names, 'missing'].map((each) => ({ key: key(each) }));
    const answers = await inBatches(backend.capabilities.batchSize, refs, (batch) => backend.read(batch, idle()));
    const texts = answers.map((answer) => (answer.kind === 'found' ? textOf(subject, answer.payload) : answer.kind));
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

  'tells denied from absent': async (subject, key) => {
    expect((await everyAnswer(subject, key('missing'))).read).toMatchObject({ kind: 'absent' });
    const answers = await during('denied', subject, key);
    expect(Object.values(answers)).toEqual(Array(5).fill({ kind: 'denied' }));
  },

  'tells throttled, and for how long': async (subject, key) => {
    const answers = await during('throttled', subject, key);
    for (const answer of Object.values(answers)) {
      expect(answer).toEqual({ kind: 'throttled', afterMs: expect.any(Number) });
    }
  },

  'tells unavailable, with a code of one word': async (subject, key) => {
    const answers = await during('unavailable', subject, key);
    for (const answer of Object.values(answers)) {
      expect(answer).toEqual({ kind: 'unavailable', code: expect.stringMatching(/^[A-Za-z0-9_]{1,64}$/) });
    }
  },

  'is reachable when it is well': async ({ backend }) => {
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
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
    for (const [property, text] of [['user', 'ana'], ['password', 'x'], ['password', 'y']] as const) {
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
      wipe(answer.payload);
    }
  },

  'stops when the signal aborts': async (subject, key) => {
    const { backend } = subject;
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const ref = refFor(subject, key('a'));
    await expect(backend.describe([ref], signal)).rejects.toBe(reason);
    await expect(backend.read([ref], signal)).rejects.toBe(reason);
    await expect(backend.list(key(''), signal)).rejects.toBe(reason);
    await expect(backend.put(ref, SecretValue.fromText('x'), signal)).rejects.toBe(reason);
    await expect(backend.remove(ref, signal)).rejects.toBe(reason);
    await expect(backend.check(signal)).rejects.toBe(reason);
  },

  'THREATS 16: shows no value, whatever happens': async (subject, key) => {
    const { backend, store, trouble } = subject;
    await store(key('a'), CANARY);
    const shown: unknown[] = [backend, await everyAnswer(subject, key('a'), CANARY)];
    for (const kind of ['denied', 'throttled', 'unavailable'] as const) {
      await trouble(kind);
      shown.push(await everyAnswer(subject, key('a'), CANARY));
    }
    await trouble(undefined);
    const printed = inspect(shown, { depth: 12, showHidden: true }) + JSON.stringify(shown);
    expect(printed).not.toContain(CANARY);
    expect(printed).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 16));
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
