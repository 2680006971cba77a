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
    expect(await put('a')).toEqual({ kind: 'stored', version: '1', earlier: 'none' });
    const added = 'AddSecretVersion';
    expect(fake.methods()).toEqual([added, 'CreateSecret', added]);
    fake.calls.length = 0;
    expect(await put('a')).toMatchObject({ kind: 'stored', version: '2' });
    expect(fake.methods().filter((method) => method === added)).toHaveLength(1);
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
    expect(await put('a', regional)).toMatchObject({ kind: 'stored', version: '1' });
    expect(await readOne('a', undefined, regional)).toBe('x@1');
    expect(await readOne('a')).toEqual({ kind: 'absent' });
    expect(await regional.list('', idle())).toMatchObject({ keys: ['a'] });
    await regional.close();
  });

  it('refuses names that Google has not, a property, and what is too large, without a call', async () => {
    const big = new SecretValue(Buffer.alloc(65_537));
    expect(await put('a.b')).toEqual({ kind: 'refused', why: 'keyInvalid' });
    const one = await backend.put({ key: 'a', property: 'p' }, SecretValue.fromText('x'), idle());
    expect(one).toEqual({ kind: 'refused', why: 'wholeOnly' });
    const part = await backend.remove({ key: 'a', property: 'p' }, idle());
    expect(part).toEqual({ kind: 'refused', why: 'wholeOnly' });
    expect(await backend.put({ key: 'a' }, big, idle())).toEqual({ kind: 'refused', why: 'tooLarge' });
    expect(await backend.remove({ key: 'a/b' }, idle())).toEqual({ kind: 'absent' });
    expect(fake.calls).toEqual([]);
  });

  it('says so when somebody else writes at the same time', async () => {
    fake.spoil({ code: 10 });
    expect(await put('a')).toEqual({ kind: 'refused', why: 'conflict' });
  });
});

describe('versions before the one that is stored at Google', () => {
  const put = (key = 'a', spare: readonly string[] = []) =>
    backend.put({ key, spare }, SecretValue.fromText('new'), idle());
  const states = () => fake.secret('a').versions.map(({ state }) => state);

  it('are disabled, and can be enabled again', async () => {
    fake.put('a', 'one');
    fake.put('a', 'two');
    expect(await put()).toEqual({ kind: 'stored', version: '3', earlier: 'unusable' });
    expect(states()).toEqual(['DISABLED', 'DISABLED', 'ENABLED']);
  });

  it('cost two calls more, and one where they are disabled already', async () => {
    fake.put('a', 'one');
    await put();
    expect(fake.methods()).toEqual(['AddSecretVersion', 'ListSecretVersions', 'DisableSecretVersion']);
    fake.secret('a').versions.forEach((version) => {
      version.state = 'DESTROYED';
    });
    fake.calls.length = 0;
    expect(await put()).toMatchObject({ earlier: 'unusable' });
    expect(fake.methods()).toEqual(['AddSecretVersion', 'ListSecretVersions']);
  });

  it('are left alone where somebody reads one by name', async () => {
    for (const text of ['one', 'two']) fake.put('a', text);
    expect(await put('a', ['1'])).toMatchObject({ earlier: 'usable' });
    expect(states()).toEqual(['ENABLED', 'DISABLED', 'ENABLED']);
  });

  it('are those before it alone: what another writer stored since stays', async () => {
    fake.put('a', 'one');
    fake.latencyMs = 100;
    const storing = put();
    await expect.poll(() => fake.secret('a').versions.length, { interval: 10 }).toBe(2);
    fake.put('a', 'of another');
    expect(await storing).toEqual({ kind: 'stored', version: '2', earlier: 'unusable' });
    expect(states()).toEqual(['DISABLED', 'ENABLED', 'ENABLED']);
  });

  it.each([
    ['versions.list', 'unknown'],
    ['versions.disable', 'usable'],
  ])('stay where the identity lacks %s, and the value is stored all the same', async (right, earlier) => {
    fake.put('a', 'one');
    fake.withheld.add(right);
    expect(await put()).toEqual({ kind: 'stored', version: '2', earlier });
    expect(await readOne('a')).toBe('new@2');
  });

  it('are disabled ten at a time, the newest first', async () => {
    for (let n = 0; n < 12; n++) fake.put('a', 'x');
    expect(await put()).toMatchObject({ earlier: 'usable' });
    expect(states().slice(0, 3)).toEqual(['ENABLED', 'ENABLED', 'DISABLED']);
    expect(await put()).toMatchObject({ earlier: 'unusable' });
  });

  it('do not delay the answer for long: after five seconds it is not known what became of them', async () => {
    fake.put('a', 'one');
    const slow = plainGcp(fake.port, { clock: hurried });
    fake.latencyMs = 150;
    const stored = await slow.put({ key: 'a' }, SecretValue.fromText('new'), idle());
    expect(stored).toEqual({ kind: 'stored', version: '2', earlier: 'unknown' });
    await slow.close();
  });
});

// fifty seconds in one
const hurried: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() * 50,
  after: (ms, run) => systemClock.after(ms / 50, run),
};

describe('lists of Google', () => {
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
