import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { aFetcher, asker, aLine as line, MINUTE, shown } from '../../test/contract/a-fetcher.ts';
import type { Refusal } from './port.ts';

describe('values', () => {
  it('are answered in order, each with the version that was read', async () => {
    const { clock, fetcher, backend } = aFetcher();
    backend.store('acme/npm', 'token');
    backend.store('acme/db', '{"url":"postgres"}');
    const requests = [
      { line: line(), version: 'v1' },
      { line: line({ key: 'missing' }), version: 'v1' },
      { line: line({ key: 'acme/db', property: 'url' }), version: 'v2' },
    ];
    const values = fetcher.values(requests, asker());
    await clock.pass(0);
    expect((await values).map(shown)).toEqual(['token@v1', 'SecretMissing', 'postgres@v2']);
  });

  it('THREATS 18: one change is one read for 2,000 scopes whose reconciles are spread over twenty seconds', async () => {
    const { clock, fetcher, backend, lookups } = aFetcher();
    backend.store('acme/npm', 'token');
    const got = new Set<string | undefined>();
    for (let scope = 0; scope < 2_000; scope++) {
      const [version] = await fetcher.versions([line()], asker(`team-${scope}`));
      const request = { line: line(), version: version?.kind === 'known' ? version.version : '' };
      const [value] = await fetcher.values([request], asker(`team-${scope}`));
      got.add(shown(value));
      if (value?.kind === 'value') value.value.wipe();
      await clock.pass(10);
    }
    expect([...got]).toEqual(['token@v1']);
    expect([backend.keysOf('describe').length, backend.keysOf('read').length]).toEqual([1, 1]);
    expect(lookups.filter(({ cache, hit }) => cache === 'value' && hit)).toHaveLength(1_999);
    await clock.pass(10_000);
    expect(fetcher.load()).toEqual({ connections: 1, queued: 0, heldBytes: 0 });
  });

  it('THREATS 1: who may not read a key learns nothing from what is cached for others', async () => {
    const { clock, fetcher, backend } = aFetcher({}, ({ scope }) => scope.name === 'acme');
    backend.store('acme/npm', 'token');
    const mallory = (key: string) => line({ key, scope: { namespace: 'evil', name: 'mallory', uid: 'm' } });
    await fetcher.values([{ line: line(), version: 'v1' }], asker());
    const denied = await fetcher.values(
      [mallory('acme/npm'), mallory('no such key')].map((each) => ({ line: each, version: 'v1' })),
      asker(),
    );
    expect(denied.map(shown)).toEqual(['KeyNotGranted', 'KeyNotGranted']);
    const [one, other] = await fetcher.versions([mallory('acme/npm'), mallory('no such key')], asker());
    expect(one?.kind === 'failed' && one.message.replace('acme/npm', 'no such key')).toBe(
      other?.kind === 'failed' && other.message,
    );
    await clock.pass(MINUTE);
    expect(backend.calls).toHaveLength(1);
  });

  it.each<[Refusal['kind'], Refusal, string]>([
    ['denied', { kind: 'denied' }, 'BackendDenied'],
    ['sourceRefused', { kind: 'sourceRefused' }, 'SourceRefused'],
    [
      'identityUnavailable',
      { kind: 'identityUnavailable', code: 'ServiceAccountNotFound' },
      'IdentityUnavailable',
    ],
    ['throttled', { kind: 'throttled', afterMs: 7_000 }, 'BackendThrottled'],
    ['unavailable', { kind: 'unavailable', code: 'hunter2 is not JSON' }, 'BackendUnavailable'],
  ])('%s is a reason with entry, backend and next step, and no free text', async (_kind, answer, reason) => {
    const { clock, fetcher, backend } = aFetcher();
    backend.faults.plant({ answer });
    const values = fetcher.values([{ line: line(), version: 'v1' }], asker());
    await clock.pass(MINUTE);
    const [value] = await values;
    expect(value).toMatchObject({ kind: 'failed', reason });
    expect(inspect(value)).toMatch(/NPM_TOKEN: .*acme-org\/aws.*; /);
    expect(inspect(value)).not.toContain('hunter2');
    if (answer.kind === 'throttled') expect(value).toMatchObject({ afterMs: 7_000 });
  });

  it('a pinned version is read as it is, or gone', async () => {
    const { clock, fetcher, backend } = aFetcher();
    backend.store('acme/npm', 'old');
    backend.store('acme/npm', 'new');
    const pinned = (version: string) => ({ line: line({ version }), version });
    const values = fetcher.values([pinned('v1'), pinned('v2'), pinned('v9')], asker());
    await clock.pass(0);
    expect((await values).map(shown)).toEqual(['old@v1', 'new@v2', 'VersionGone']);
  });

  it('newer than asked for are answered with their own version, and the others are told', async () => {
    const { clock, fetcher, backend, changes } = aFetcher({ capabilities: { pushesChanges: false } });
    backend.store('acme/npm', 'old');
    await fetcher.versions([line()], asker());
    backend.store('acme/npm', 'new');
    const [value] = await fetcher.values([{ line: line(), version: 'v1' }], asker());
    expect(shown(value)).toBe('new@v2');
    await clock.pass(2_000);
    expect(changes).toEqual(['uid-1 acme/npm']);
  });
});
