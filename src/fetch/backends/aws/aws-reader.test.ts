import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { openBackend, staticKeys } from '../../../../test/peers/aws-subject.ts';
import { FakeAws } from '../../../../test/peers/fake-aws.ts';
import { FAKE_TEXT } from '../../../../test/peers/fake-aws-fault.ts';
import { wipeAnswers } from '../../payload.ts';
import type { AwsBackend } from './aws-backend.ts';

const idle = () => new AbortController().signal;
const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);
const refs = (keys: readonly string[]) => keys.map((key) => ({ key }));
const READS = ['GetSecretValue', 'BatchGetSecretValue'];

describe('reading from AWS', () => {
  const clock = new SteppedClock();
  let fake: FakeAws;
  let backend: AwsBackend;
  beforeEach(async () => {
    fake = await FakeAws.open();
    backend = openBackend(fake.url, { clock });
    for (const key of names(20))
      fake.secrets.store.add(fake.secrets.store.create(key), { SecretString: key });
  });
  afterEach(async () => {
    await backend.close();
    await fake.close();
  });
  const kinds = async (keys: readonly string[]) =>
    (await backend.read(refs(keys), idle())).map(({ kind }) => kind);
  const others = (kind: string) => names(20).map((_, n) => (n === 7 ? kind : 'found'));

  it('takes one request for twenty secrets', async () => {
    expect(await kinds(names(20))).toEqual(Array(20).fill('found'));
    expect(fake.count(...READS)).toBe(1);
  });

  it('takes one request for a secret that is asked for twice, and hands out two boxes', async () => {
    const [first, second] = await backend.read(refs(['k1', 'k1']), idle());
    wipeAnswers(first ? [first] : []);
    expect(
      second?.kind === 'found' && second.payload.kind === 'value' && second.payload.value.byteLength,
    ).toBe(2);
    expect(fake.count(...READS)).toBe(1);
  });

  it('answers each item of a batch for itself', async () => {
    fake.secrets.denied.add('k7');
    expect(await kinds(names(20))).toEqual(others('denied'));
    fake.secrets.denied.clear();
    fake.secrets.undecryptable.add('k7');
    expect(await kinds(names(20))).toEqual(others('denied'));
    fake.secrets.undecryptable.clear();
    fake.secrets.store.secrets.delete('k7');
    expect(await kinds(names(20))).toEqual(others('absent'));
    expect(fake.count(...READS)).toBe(3);
  });

  it('collects a batch that is answered in parts', async () => {
    fake.secrets.batchPage = 6;
    expect(await kinds(names(20))).toEqual(Array(20).fill('found'));
    expect(fake.count(...READS)).toBe(4);
  });

  it('THREATS 18: cuts a batch in halves that fails for one of its ids', async () => {
    fake.secrets.poison = 'k7';
    expect(await kinds(names(20))).toEqual(Array(20).fill('found'));
    expect(fake.count(...READS)).toBeLessThanOrEqual(11);
  });

  it('reads one by one without the right to batches, and asks for it again ten minutes later', async () => {
    fake.trouble.set('BatchGetSecretValue', { kind: 'error', name: 'AccessDeniedException' });
    for (let time = 0; time < 3; time++) expect(await kinds(names(20))).toEqual(Array(20).fill('found'));
    expect(fake.count('BatchGetSecretValue')).toBe(1);
    expect(fake.count('GetSecretValue')).toBe(60);
    fake.trouble.clear();
    await clock.pass(600_000);
    await kinds(names(20));
    expect(fake.count('BatchGetSecretValue')).toBe(2);
    expect(fake.count('GetSecretValue')).toBe(60);
  });

  it('is throttled as a whole, once', async () => {
    fake.quotas.set('BatchGetSecretValue', 0);
    const answers = await backend.read(refs(names(20)), idle());
    expect(answers).toEqual(Array(20).fill({ kind: 'throttled', afterMs: 1_500 }));
    expect(fake.calls).toHaveLength(1);
  });

  it('asks no further once it is throttled', async () => {
    fake.trouble.set('*', { kind: 'error', name: 'ThrottlingException', retryAfter: '9' });
    const answers = await backend.describe(refs(names(20)), idle());
    expect(answers).toEqual(Array(20).fill({ kind: 'throttled', afterMs: 9_000 }));
    expect(fake.calls.length).toBeLessThanOrEqual(5);
  });

  it('stops in the middle of a request', async () => {
    fake.latencyMs = 5_000;
    const controller = new AbortController();
    const reason = new Error('enough');
    const began = performance.now();
    const reading = backend.read(refs(['k1', 'k2']), controller.signal);
    setTimeout(() => controller.abort(reason), 20);
    await expect(reading).rejects.toBe(reason);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it('makes one attempt; the scheduler makes the others', async () => {
    fake.trouble.set('*', { kind: 'error', name: 'InternalServiceError', status: 500 });
    expect(await backend.describe(refs(['k1']), idle())).toEqual([
      { kind: 'unavailable', code: 'InternalServiceError' },
    ]);
    expect(fake.calls).toHaveLength(1);
  });

  it('never takes a page of somebody else for an absence', async () => {
    for (const status of [200, 403, 404, 502]) {
      fake.trouble.set('*', { kind: 'page', status });
      for (const answer of [
        ...(await backend.read(refs(['k1', 'k2']), idle())),
        ...(await backend.describe(refs(['k1']), idle())),
        await backend.remove({ key: 'k1' }, idle()),
      ])
        expect(answer).toEqual({ kind: 'unavailable', code: expect.stringMatching(/^\w+$/) });
    }
  });

  it('THREATS 18: gives up on an answer without an end', async () => {
    fake.trouble.set('*', { kind: 'endless' });
    expect(await kinds(['k1', 'k2'])).toEqual(['unavailable', 'unavailable']);
  });

  it('asks for new keys after AWS called them expired', async () => {
    const freshness: boolean[] = [];
    const asking = openBackend(fake.url, {
      credentials: async ({ fresh }) => {
        freshness.push(fresh);
        return staticKeys({ fresh });
      },
    });
    fake.trouble.set('*', { kind: 'error', name: 'ExpiredTokenException' });
    expect(await asking.check(idle())).toEqual({ kind: 'identityUnavailable', code: 'CredentialExpired' });
    fake.trouble.clear();
    expect(await asking.check(idle())).toEqual({ kind: 'reachable' });
    expect(await asking.check(idle())).toEqual({ kind: 'reachable' });
    // the SDK asks twice for each request; what AWS calls expired is tried once more
    expect(freshness).toEqual(
      [
        [false, false],
        [true, false],
        [false, false],
        [false, false],
      ].flat(),
    );
    await asking.close();
  });

  it('tells a clock that is wrong from a key that is wrong, and makes good for the clock', async () => {
    fake.skewMs = 3_600_000;
    expect(await backend.check(idle())).toEqual({ kind: 'identityUnavailable', code: 'ClockSkew' });
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
    fake.keys.clear();
    expect(await backend.check(idle())).toEqual({ kind: 'identityUnavailable', code: 'CredentialUnknown' });
  });

  it('leaves agents open that it was given, as others may use them', async () => {
    const agents = { https: new HttpsAgent(), http: new HttpAgent({ keepAlive: true }) };
    const [one, other] = [openBackend(fake.url, { agents }), openBackend(fake.url, { agents })];
    await one.check(idle());
    await one.close();
    expect(Object.values(agents.http.freeSockets).flat()).toHaveLength(1);
    expect(await other.check(idle())).toEqual({ kind: 'reachable' });
    agents.http.destroy();
  });

  it('is reachable for an identity without any right', async () => {
    fake.trouble.set('*', { kind: 'error', name: 'AccessDeniedException' });
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
  });

  it.each([7, 15, 60])(
    'THREATS 16: an answer that breaks off shows nothing of %i characters',
    async (length) => {
      const canary = 'canary-'.padEnd(length, '0123456789');
      const body = `{"Name":"k1","VersionId":"v","SecretString":"${canary}"`;
      fake.trouble.set('*', { kind: 'page', status: 200, body });
      const answers = [
        await backend.read(refs(['k1']), idle()),
        await backend.read(refs(['k1', 'k2']), idle()),
      ];
      expect(answers.flat()).toEqual(Array(3).fill({ kind: 'unavailable', code: 'BadAnswer' }));
    },
  );

  it('THREATS 16: no text of AWS comes out', async () => {
    const shown: unknown[] = [];
    for (const name of ['AccessDeniedException', 'ValidationException', 'NewException', FAKE_TEXT]) {
      fake.trouble.set('*', { kind: 'error', name });
      shown.push(await backend.read(refs(['k1', 'k2']), idle()), await backend.list('k', idle()));
    }
    expect(JSON.stringify(shown)).not.toContain(FAKE_TEXT);
  });
});
