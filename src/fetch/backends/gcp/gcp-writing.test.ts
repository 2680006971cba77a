import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import { plainGcp } from '../../../../test/peers/gcp-open.ts';
import { type Clock, systemClock } from '../../../kube/clock.ts';
import { SecretValue } from '../../../model/secret-value.ts';
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

describe('storing at Google', () => {
  const put = (key: string, into = backend) => into.put({ key }, SecretValue.fromText('x'), idle());

  it('creates a secret when there is none, and then needs one call', async () => {
    expect(await put('a')).toEqual({ kind: 'stored', version: '1' });
    expect(await put('a')).toEqual({ kind: 'stored', version: '2' });
    const added = 'AddSecretVersion';
    expect(fake.methods()).toEqual([added, 'CreateSecret', added, added]);
    expect(fake.secret('a').replication).toMatchObject({ automatic: {} });
  });

  it('keeps it in the regions that are named', async () => {
    const replicating = plainGcp(fake.port, { replicas: ['europe-west3', 'europe-west4'] });
    await put('a', replicating);
    const replicas = [{ location: 'europe-west3' }, { location: 'europe-west4' }];
    expect(fake.secret('a').replication).toMatchObject({ userManaged: { replicas } });
    await replicating.close();
  });

  it('or in the region of a regional backend, whose secrets are others', async () => {
    const regional = plainGcp(fake.port, { location: 'europe-west3' });
    expect(await put('a', regional)).toEqual({ kind: 'stored', version: '1' });
    expect(await readOne('a', undefined, regional)).toBe('x@1');
    expect(await readOne('a')).toEqual({ kind: 'absent' });
    expect(await regional.list('', idle())).toMatchObject({ keys: ['a'] });
    await regional.close();
  });

  it('refuses names that Google has not, a property, and what is too large, without a call', async () => {
    const big = new SecretValue(Buffer.alloc(65_537));
    expect(await put('a.b')).toEqual({ kind: 'refused', why: 'keyInvalid' });
    const one = await backend.put({ key: 'a', property: 'p' }, SecretValue.fromText('x'), idle());
    expect(one).toEqual({ kind: 'refused', why: 'keyInvalid' });
    expect(await backend.put({ key: 'a' }, big, idle())).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(await backend.remove({ key: 'a/b' }, idle())).toEqual({ kind: 'absent' });
    expect(fake.calls).toEqual([]);
  });

  it('says so when somebody else writes at the same time', async () => {
    fake.spoil({ code: 10 });
    expect(await put('a')).toEqual({ kind: 'refused', why: 'conflict' });
  });
});

describe('lists of Google', () => {
  const hurried: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now() * 50,
    after: (ms, run) => systemClock.after(ms / 50, run),
  };

  it('end after twenty pages and say so', async () => {
    for (let n = 0; n < 5_001; n++) fake.put(`a_${n}`, 'x');
    const listing = plainGcp(fake.port, { clock: hurried });
    const answer = await listing.list('a', idle());
    expect(answer).toMatchObject({ kind: 'listed', truncated: true });
    expect(answer.kind === 'listed' && answer.keys.length).toBe(5_000);
    expect(fake.methods()).toEqual(Array(20).fill('ListSecrets'));
    await listing.close();
  });

  it('take half of the reads that the project has, so that others have theirs', async () => {
    const began = performance.now();
    for (let time = 0; time < 8; time++) await backend.list('', idle());
    expect(performance.now() - began).toBeGreaterThan(500);
  });

  it('of everything, and of prefixes that are words of the filter language, are whole', async () => {
    for (const key of ['or_a', 'OR_b', 'NOT_c', '-d', 'x']) fake.put(key, 'x');
    const keysBelow = async (prefix: string) => {
      const answer = await backend.list(prefix, idle());
      return answer.kind === 'listed' ? answer.keys : answer;
    };
    expect(await keysBelow('')).toEqual(['-d', 'NOT_c', 'OR_b', 'or_a', 'x']);
    expect(await keysBelow('NOT')).toEqual(['NOT_c']);
    expect(await keysBelow('OR_')).toEqual(['OR_b']);
    expect(await keysBelow('-')).toEqual([]);
  });

  it('THREATS 18: larger than any page may be are refused, and are not taken for a quota', async () => {
    fake.put('a', 'x');
    fake.store.create('projects/123456789012/secrets/b', { labels: { long: 'x'.repeat(9 * 1_048_576) } });
    expect(await backend.list('', idle())).toEqual({ kind: 'unavailable', code: 'AnswerTooLarge' });
  });
});
