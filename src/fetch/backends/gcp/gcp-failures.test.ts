import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import { plainGcp } from '../../../../test/peers/gcp-open.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { wipeAnswers } from '../../payload.ts';
import { LoginFailed } from '../account-login.ts';
import type { GcpBackend } from './gcp-backend.ts';

let fake: FakeGcp;
let backend: GcpBackend;
beforeEach(async () => {
  fake = await FakeGcp.open();
  backend = plainGcp(fake.port);
});
afterEach(async () => {
  await backend.close();
  await fake.close();
});

async function readOne(key: string, version?: string, from = backend) {
  const [answer] = await from.read([version === undefined ? { key } : { key, version }], idle());
  if (answer?.kind !== 'found' || answer.payload.kind !== 'value') return answer;
  return `${answer.payload.value.reveal().toString('latin1')}@${answer.version}`;
}

async function describeOne(key: string, version?: string, from = backend) {
  const [answer] = await from.describe([version === undefined ? { key } : { key, version }], idle());
  return answer;
}

describe('a failure of Google', () => {
  it.each<[number, object]>([
    [2, { kind: 'unavailable', code: 'Unknown' }],
    [3, { kind: 'unavailable', code: 'InvalidArgument' }],
    [4, { kind: 'unavailable', code: 'DeadlineExceeded' }],
    [5, { kind: 'absent' }],
    [7, { kind: 'denied' }],
    [8, { kind: 'throttled', afterMs: 10_000 }],
    [9, { kind: 'unavailable', code: 'FailedPrecondition' }],
    [10, { kind: 'unavailable', code: 'Aborted' }],
    [13, { kind: 'unavailable', code: 'Internal' }],
    [14, { kind: 'unavailable', code: 'Unavailable' }],
    [16, { kind: 'identityUnavailable', code: 'Unauthenticated' }],
    [99, { kind: 'unavailable', code: 'Unknown' }],
  ])('THREATS 16: with code %d is an answer without its text', async (code, answer) => {
    fake.spoil({ code, details: 'cAnary7 is the value, said ECANARY\u001b[31m' });
    const answers = [await readOne('a'), await describeOne('a')];
    expect(answers).toEqual([answer, answer]);
    expect(inspect([answers, await backend.list('a', idle())], { depth: 9 })).not.toMatch(/canary/i);
  });

  it('is asked once: retries are the scheduler’s', async () => {
    fake.put('a', 'x');
    for (const code of [4, 8, 13, 14]) {
      fake.calls.length = 0;
      fake.spoil({ code, times: 1 });
      expect(await describeOne('a')).not.toMatchObject({ kind: 'found' });
      expect(fake.methods()).toEqual(['AccessSecretVersion']);
    }
  });

  it('tells how long it wants silence, to the millisecond', async () => {
    fake.spoil({ code: 8, retryAfterMs: 61_250 });
    expect(await describeOne('a')).toEqual({ kind: 'throttled', afterMs: 61_250 });
  });

  it('spoils one reference of a batch and no other', async () => {
    for (const key of ['a', 'b', 'c']) fake.put(key, key);
    fake.spoil({ code: 7, times: 1 });
    const answers = await backend.read([{ key: 'a' }, { key: 'b' }, { key: 'c' }], idle());
    expect(answers.map(({ kind }) => kind)).toEqual(['denied', 'found', 'found']);
    wipeAnswers(answers);
  });

  it('to connect is told by the code of the socket', async () => {
    await fake.close();
    expect(await describeOne('a')).toEqual({ kind: 'unavailable', code: 'ECONNREFUSED' });
  });

  it('does not hold a caller who leaves', async () => {
    fake.put('a', 'x');
    fake.latencyMs = 3_000;
    const reason = new Error('enough');
    const gone = new AbortController();
    setTimeout(() => gone.abort(reason), 50);
    const began = performance.now();
    await expect(backend.read([{ key: 'a' }], gone.signal)).rejects.toBe(reason);
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});

describe('the identity at Google', () => {
  it('is renewed once when its token is refused', async () => {
    fake.put('a', 'x');
    fake.tokens.add('new');
    const asked: boolean[] = [];
    const renewing = plainGcp(fake.port, {
      token: async ({ fresh }) => {
        asked.push(fresh);
        return SecretValue.fromText(fresh ? 'new' : 'old');
      },
    });
    expect(await readOne('a', undefined, renewing)).toBe('x@1');
    expect(asked).toEqual([false, true]);
    await renewing.close();
  });

  it('that cannot be had is an answer of its own, and Google is not asked', async () => {
    const answer = { kind: 'identityUnavailable', code: 'invalid_grant' } as const;
    for (const [thrown, expected] of [
      [new LoginFailed(answer), answer],
      [new Error('token cAnary is bad'), { kind: 'identityUnavailable', code: 'TokenFailed' }],
    ] as const) {
      const without = plainGcp(fake.port, { token: () => Promise.reject(thrown) });
      expect(await describeOne('a', undefined, without)).toEqual(expected);
      expect(await without.check(idle())).toEqual(expected);
      await without.close();
    }
    expect(fake.calls).toEqual([]);
  });

  it('is known to Google when it is denied', async () => {
    fake.spoil({ code: 7 });
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
    expect(fake.calls).toEqual([{ method: 'GetSecret', of: 'projects/acme-prod/secrets/secretscope-check' }]);
  });
});
