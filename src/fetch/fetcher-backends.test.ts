import { describe, expect, it } from 'vitest';
import { aFetcher, asker, aLine as line, MINUTE } from '../../test/contract/a-fetcher.ts';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';

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

  it('that go while a value is under way leave nothing behind', async () => {
    const clock = new SteppedClock();
    const { fetcher, backend } = aFetcher({ latency: { clock, ms: 100 } });
    backend.store('acme/npm', 'x');
    const values = fetcher.values([{ line: line(), version: 'v1' }], asker());
    await clock.pass(50);
    fetcher.forgetBackend('uid-1');
    await clock.pass(50);
    const [value] = await values;
    if (value?.kind === 'value') value.value.wipe();
    expect(fetcher.load()).toEqual({ connections: 0, queued: 0, heldBytes: 0 });
  });

  it('that cannot be connected are missing', async () => {
    const { fetcher } = aFetcher();
    const [version] = await fetcher.versions([line({}, 'gone')], asker());
    expect(version).toMatchObject({ kind: 'failed', reason: 'BackendMissing' });
    expect(await fetcher.list(line({}, 'gone').backend, '', asker())).toMatchObject({
      kind: 'unknown',
      why: { reason: 'BackendMissing' },
    });
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

  it('who asks after a push gets no answer that was asked for before it', async () => {
    const clock = new SteppedClock();
    const { fetcher, backend } = aFetcher({ latency: { clock, ms: 100 } });
    backend.store('acme/npm', 'old');
    const before = fetcher.versions([line()], asker());
    await clock.pass(50);
    backend.erase('acme/npm');
    const after = fetcher.versions([line()], asker());
    await clock.pass(100);
    await before;
    expect(await after).toMatchObject([{ reason: 'SecretMissing' }]);
    expect(backend.keysOf('describe')).toHaveLength(2);
  });

  it('a failed list is unknown, never empty', async () => {
    const { clock, fetcher, backend } = aFetcher();
    backend.store('acme/npm', 'x');
    backend.faults.plant({ operation: 'list', answer: { kind: 'denied' }, times: 1 });
    expect(await fetcher.list(line().backend, 'acme/', asker())).toMatchObject({
      kind: 'unknown',
      why: { reason: 'BackendDenied' },
    });
    await clock.pass(11_000);
    expect(await fetcher.list(line().backend, 'acme/', asker())).toEqual({
      kind: 'listed',
      keys: ['acme/npm'],
      truncated: false,
    });
  });

  describe('while a provider is away', () => {
    it('everybody hears it, and hears when it is back', async () => {
      const { fetcher, backend, changes, clock, news } = await gone();
      const both = ['uid-1 any key', 'uid-1 any key'];
      expect([changes, news]).toEqual([both.slice(1), ['uid-1']]);
      backend.faults.heal();
      await clock.pass(MINUTE);
      expect([changes, news]).toEqual([both, ['uid-1', 'uid-1']]);
      expect(await fetcher.check(line().backend, asker())).toEqual({ kind: 'reachable' });
    });

    it('nothing is vouched for, and what was known counts again when it is back, without a question', async () => {
      const { fetcher, backend, clock } = await gone();
      const away = await fetcher.versions([line()], asker());
      expect(away).toMatchObject([{ kind: 'failed', reason: 'BackendUnavailable' }]);
      backend.faults.heal();
      await clock.pass(MINUTE);
      const before = backend.keysOf('describe').length;
      expect(await fetcher.versions([line()], asker())).toMatchObject([{ kind: 'known' }]);
      expect(backend.keysOf('describe')).toHaveLength(before);
    });
  });
});

/** One key is known; questions for others had no answer until nobody is asked any more. */
async function gone() {
  const parts = aFetcher();
  const { clock, fetcher, backend } = parts;
  const news: string[] = [];
  fetcher.onEvents((uid) => news.push(uid));
  backend.store('acme/npm', 'x');
  await fetcher.versions([line()], asker());
  parts.changes.length = 0;
  backend.faults.plant({ answer: { kind: 'unavailable', code: 'E' } });
  for (const key of ['one', 'two']) {
    const answer = fetcher.versions([line({ key })], asker());
    await clock.pass(5_000);
    await answer;
  }
  return { ...parts, news };
}
