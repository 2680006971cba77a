/** What every backend says when its provider does not do what it is asked. Part of backend-contract.ts. */
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { SecretValue } from '../../src/model/secret-value.ts';
import { type Checks, during, everyAnswer, idle, refFor } from './contract-calls.ts';

// seen nowhere but in the value itself
const CANARY = 'cAnary7-1e5f-88d2';

export const TROUBLE: Checks = {
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
};
