/** Versions of what may not be read yet: told by metadata, or not at all. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import type { VersionState } from '../../../../test/peers/fake-gcp-store.ts';
import { plainGcp } from '../../../../test/peers/gcp-open.ts';
import type { GcpBackend } from './gcp-backend.ts';

let fake: FakeGcp;
let backend: GcpBackend;
beforeEach(async () => {
  fake = await FakeGcp.open();
  backend = plainGcp(fake.port);
});
afterEach(async () => {
  // whatever was asked
  expect([fake.accessesOf('a'), fake.accessesOf('b')]).toEqual([0, 0]);
  await backend.close();
  await fake.close();
});

async function toldOf(key: string, version?: string, from = backend) {
  const ref = version === undefined ? { key } : { key, version };
  const [answer] = await from.describe([{ ...ref, unread: true }], idle());
  return answer;
}

function storeThree(...states: VersionState[]): void {
  for (const text of ['one', 'two', 'three']) fake.put('a', text);
  for (const [index, state] of states.entries())
    Object.assign(fake.secret('a').versions[index] ?? {}, { state });
}

describe('an unread version at Google', () => {
  it('is told by its metadata: the latest one, a number, an alias', async () => {
    storeThree();
    fake.secret('a').aliases.set('stable', 2);
    expect(await toldOf('a')).toEqual({ kind: 'found', version: '3' });
    expect(await toldOf('a', '1')).toEqual({ kind: 'found', version: '1' });
    expect(await toldOf('a', 'stable')).toEqual({ kind: 'found', version: '2' });
    expect(fake.calls[0]).toEqual({
      method: 'GetSecretVersion',
      of: 'projects/acme-prod/secrets/a/versions/latest',
    });
  });

  it('if it is disabled, may come back; if it is destroyed, is gone', async () => {
    storeThree('DESTROYED', 'DISABLED');
    expect(await toldOf('a', '1')).toEqual({ kind: 'versionGone' });
    expect(await toldOf('a', '2')).toEqual({ kind: 'disabled' });
    storeThree('ENABLED', 'ENABLED', 'ENABLED', 'ENABLED', 'ENABLED', 'DISABLED');
    expect(await toldOf('a')).toEqual({ kind: 'disabled' });
  });

  it('that is not there is gone where the secret exists, and absent where it does not', async () => {
    storeThree();
    for (const version of ['7', 'no-alias', 'no alias', '0', '../1']) {
      expect(await toldOf('a', version)).toEqual({ kind: 'versionGone' });
      expect(await toldOf('b', version)).toEqual({ kind: 'absent' });
    }
    expect(await toldOf('b')).toEqual({ kind: 'absent' });
  });

  it('of a region is asked for there', async () => {
    const region = plainGcp(fake.port, { location: 'europe-west3' });
    expect(await toldOf('a', undefined, region)).toEqual({ kind: 'absent' });
    expect(fake.calls.map(({ of }) => of)).toEqual([
      'projects/acme-prod/locations/europe-west3/secrets/a/versions/latest',
    ]);
    await region.close();
  });

  it('if the identity may access values and nothing else, is denied; what may be read still is', async () => {
    storeThree();
    fake.put('open', 'x');
    fake.accessorOnly = true;
    expect(await toldOf('a')).toEqual({ kind: 'denied', code: 'VersionDenied' });
    expect(await toldOf('a', '1')).toEqual({ kind: 'denied', code: 'VersionDenied' });
    expect(await backend.describe([{ key: 'open' }], idle())).toEqual([{ kind: 'found', version: '1' }]);
    expect(fake.accessesOf('open')).toBe(1);
  });

  it.each<[number, object]>([
    [8, { kind: 'throttled', afterMs: 10_000 }],
    [14, { kind: 'unavailable', code: 'Unavailable' }],
  ])('if Google fails with code %d, is as any other', async (code, answer) => {
    storeThree();
    fake.spoil({ code });
    expect(await toldOf('a')).toEqual(answer);
  });
});

describe('THREATS 18: Google’s reads of metadata', () => {
  it('are five a second, whatever they are for', async () => {
    storeThree();
    const clock = new SteppedClock();
    const slow = plainGcp(fake.port, { clock });
    const refs = Array.from({ length: 12 }, () => ({ key: 'a', unread: true }) as const);
    const all = Promise.all([slow.describe(refs, idle()), slow.list('', idle()), slow.check(idle())]);
    await expect.poll(() => fake.calls.length).toBe(5);
    for (const sent of [10, 14]) {
      await clock.pass(1_000);
      await expect.poll(() => fake.calls.length).toBe(sent);
    }
    await all;
    await slow.close();
  });
});
