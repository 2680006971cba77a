import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import type { PlanLine } from '../model/plan.ts';
import type { LineValue } from '../model/value-answer.ts';
import type { CacheLookup } from './account.ts';
import { MemoryBackend, type MemoryOptions } from './backends/memory.ts';
import { Fetcher, type FetcherOptions } from './fetcher.ts';
import type { Refusal } from './port.ts';

const MINUTE = 60_000;
const asker = (tenant = 'team-web') => ({ tenant, signal: new AbortController().signal });

function line(change: Partial<PlanLine> = {}, uid = 'uid-1', account = 'aws'): PlanLine {
  return {
    name: 'NPM_TOKEN',
    level: 'Organization',
    scope: { namespace: 'acme-org', name: 'acme', uid: 'scope-uid' },
    locked: false,
    backend: {
      refKind: 'SecretBackend',
      id: { namespace: 'acme-org', name: 'aws', uid },
      provider: 'memory',
      identity: { account },
    },
    key: 'acme/npm',
    encoding: 'None',
    explicit: true,
    ...change,
  };
}

function aFetcher(options: MemoryOptions = {}, authorize: FetcherOptions['authorize'] = () => true) {
  const clock = new SteppedClock();
  const accounts = new Map<string, MemoryBackend>();
  const lookups: CacheLookup[] = [];
  const fetcher = new Fetcher({
    authorize,
    clock,
    random: () => 0.5,
    hooks: { onLookup: (lookup) => lookups.push(lookup) },
    connect: ({ id, identity }) => {
      const account = (identity as { account: string }).account;
      if (id.uid === 'gone') return undefined;
      const open = () => {
        const backend = accounts.get(account) ?? new MemoryBackend(options);
        accounts.set(account, backend);
        return backend;
      };
      return { account, open };
    },
  });
  const backend = new MemoryBackend(options);
  accounts.set('aws', backend);
  const changes: string[] = [];
  fetcher.onChange((uid, key) => changes.push(`${uid} ${key ?? 'any key'}`));
  return { clock, fetcher, backend, accounts, lookups, changes };
}

const shown = (value: LineValue | undefined) =>
  value?.kind === 'value' ? `${value.value.reveal()}@${value.version}` : value?.reason;

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
    ['identityUnavailable', { kind: 'identityUnavailable', code: 'NoAccount' }, 'IdentityUnavailable'],
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

describe('backend objects', () => {
  it('with the same account share one connection, and both hear of a change', async () => {
    const { fetcher, backend, changes } = aFetcher();
    await fetcher.versions([line({}, 'uid-1'), line({}, 'uid-2')], asker());
    backend.store('acme/npm', 'x');
    expect(fetcher.load().connections).toBe(1);
    expect(backend.keysOf('describe')).toEqual(['acme/npm']);
    expect(changes).toEqual(['uid-1 acme/npm', 'uid-2 acme/npm']);
  });

  it('with different accounts share nothing', async () => {
    const { fetcher, backend } = aFetcher();
    backend.store('acme/npm', 'x');
    const [mine, other] = await fetcher.versions([line(), line({}, 'uid-2', 'other')], asker());
    expect([mine?.kind, other?.kind]).toEqual(['known', 'failed']);
  });

  it('that change identity leave the old connection, which closes with its last user', async () => {
    const { fetcher, backend } = aFetcher();
    await fetcher.versions([line({}, 'uid-1'), line({}, 'uid-2')], asker());
    await fetcher.versions([line({}, 'uid-1', 'new')], asker());
    expect(backend.closed).toBe(false);
    await fetcher.versions([line({}, 'uid-2', 'new')], asker());
    expect(backend.closed).toBe(true);
    expect(fetcher.load().connections).toBe(1);
  });

  it('that are gone are let go; what is held for them is wiped', async () => {
    const { fetcher, backend } = aFetcher();
    backend.store('acme/npm', 'x');
    await fetcher.values([{ line: line(), version: 'v1' }], asker());
    expect(fetcher.load().heldBytes).toBe(1);
    fetcher.retain(new Set(['uid-2']));
    expect([backend.closed, fetcher.load()]).toEqual([true, { connections: 0, queued: 0, heldBytes: 0 }]);
  });

  it('that cannot be connected are missing', async () => {
    const { fetcher } = aFetcher();
    const [version] = await fetcher.versions([line({}, 'gone')], asker());
    expect(version).toMatchObject({ kind: 'failed', reason: 'BackendMissing' });
    expect(await fetcher.list(line({}, 'gone').backend, '', asker())).toEqual({ kind: 'unknown' });
    expect(await fetcher.check(line({}, 'gone').backend, asker())).toMatchObject({
      reason: 'BackendMissing',
    });
  });
});

describe('freshness', () => {
  it('a backend that pushes is described again at once, another after its interval', async () => {
    const version = async (pushesChanges: boolean, waitMs: number) => {
      const { clock, fetcher, backend } = aFetcher({ capabilities: { pushesChanges } });
      backend.store('acme/npm', 'old');
      await fetcher.versions([line()], asker());
      backend.store('acme/npm', 'new');
      await clock.pass(waitMs);
      const [answer] = await fetcher.versions([line()], asker());
      return answer?.kind === 'known' && answer.version;
    };
    expect(await version(true, 0)).toBe('v2');
    expect(await version(false, 4 * MINUTE)).toBe('v1');
    expect(await version(false, 6 * MINUTE)).toBe('v2');
  });

  it('a failed list is unknown, never empty', async () => {
    const { clock, fetcher, backend } = aFetcher();
    backend.store('acme/npm', 'x');
    backend.faults.plant({ operation: 'list', answer: { kind: 'denied' }, times: 1 });
    expect(await fetcher.list(line().backend, 'acme/', asker())).toEqual({ kind: 'unknown' });
    await clock.pass(11_000);
    expect(await fetcher.list(line().backend, 'acme/', asker())).toEqual({
      kind: 'listed',
      keys: ['acme/npm'],
      truncated: false,
    });
  });

  it('everybody hears when a provider that was gone is back', async () => {
    const { clock, fetcher, backend, changes } = aFetcher();
    backend.faults.plant({ answer: { kind: 'unavailable', code: 'E' } });
    const lines = [line(), line({ key: 'other' })];
    for (const each of lines) {
      const answer = fetcher.versions([each], asker());
      await clock.pass(5_000);
      await answer;
    }
    backend.faults.heal();
    await clock.pass(MINUTE);
    expect(changes).toEqual(['uid-1 any key']);
    expect(await fetcher.check(line().backend, asker())).toEqual({ kind: 'reachable' });
  });
});
