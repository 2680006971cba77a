/** Lines whose values may not be read yet: what is told of them, and what is never done for it. */
import { describe, expect, it } from 'vitest';
import { aFetcher, asker, aLine as line, MINUTE, shown } from '../../test/contract/a-fetcher.ts';
import { aScheduler, by, range } from '../../test/contract/a-scheduler.ts';
import type { MemoryBackend } from './backends/memory.ts';
import { anAccount, HOUR, SurveyedBackend } from './surveyed-backend-fixture.ts';

const always = () => true;
const never = () => false;
const DENIED = { kind: 'denied', code: 'VersionDenied' } as const;

/** A provider that tells versions with the value, as Google does. */
function reading(change = {}) {
  const all = aFetcher({ capabilities: { pushesChanges: false, describesByReading: true, ...change } });
  all.backend.store('acme/npm', 'token');
  const told = async (mayRead: () => boolean, willRead = never) => {
    const versions = all.fetcher.versions([line()], asker(), willRead, mayRead);
    await all.clock.pass(0);
    return (await versions)[0];
  };
  return { ...all, told };
}

const operations = ({ calls }: MemoryBackend) => calls.map(({ operation }) => operation);

describe('a line whose value may not be read', () => {
  it('has its version told without', async () => {
    const { backend, told } = reading();
    expect(await told(never)).toEqual({ kind: 'known', version: 'v1' });
    expect(operations(backend)).toEqual(['describe']);
  });

  it('if it is said to be read all the same, is not', async () => {
    const { backend, told } = reading();
    expect(await told(never, always)).toEqual({ kind: 'known', version: 'v1' });
    expect(operations(backend)).toEqual(['describe']);
  });

  it('is compared again without reading, and after a change, and when it was not there at first', async () => {
    const { clock, backend, changes, told } = reading();
    await told(never);
    backend.store('acme/npm', 'newer');
    await clock.pass(7 * HOUR);
    backend.erase('acme/npm');
    await told(never);
    await clock.pass(HOUR);
    expect(changes.length).toBeGreaterThan(1);
    expect(new Set(operations(backend))).toEqual(new Set(['describe']));
  });

  it('is answered for itself: what others may read is known of another question', async () => {
    const { backend, told } = reading();
    await told(always);
    expect(operations(backend)).toEqual(['describe', 'read']);
    await told(never);
    expect(operations(backend)).toEqual(['describe', 'read', 'describe']);
  });

  it('once it may be read, is: for its version and its value', async () => {
    const { fetcher, backend, told } = reading();
    await told(never);
    expect(await told(always, always)).toEqual({ kind: 'known', version: 'v1' });
    const [value] = await fetcher.values([{ line: line(), version: 'v1' }], asker());
    expect([shown(value), operations(backend)]).toEqual(['token@v1', ['describe', 'read']]);
  });

  it('if its version cannot be told without, says so, and is read as soon as it may be', async () => {
    const { backend, told } = reading();
    backend.faults.plant({ answer: DENIED, times: 1 });
    expect(await told(never)).toMatchObject({ kind: 'failed', reason: 'BackendDenied' });
    expect(await told(always, always)).toEqual({ kind: 'known', version: 'v1' });
    expect(operations(backend)).toEqual(['describe', 'read']);
  });

  it('THREATS 1: if it is not granted, is not asked for at all', async () => {
    const { fetcher, backend } = aFetcher({}, never);
    expect(await fetcher.versions([line()], asker(), never, never)).toMatchObject([
      { kind: 'failed', reason: 'KeyNotGranted' },
    ]);
    expect(backend.calls).toEqual([]);
  });

  it('where describing reads nothing, shares its answer with those that may be read', async () => {
    const { backend, told } = reading({ describesByReading: undefined });
    await told(always);
    expect(await told(never)).toEqual({ kind: 'known', version: 'v1' });
    expect(operations(backend)).toEqual(['describe']);
  });
});

describe('an account that tells versions with the value', () => {
  const aReadingAccount = (keys: number) =>
    anAccount(keys, new SurveyedBackend({ describesByReading: true }));

  it('compares what may not be read every five minutes, however often its owner chose', async () => {
    const { clock, backend, account, asker: who, answered } = aReadingAccount(1);
    await answered(account.version({ key: 'k0', unread: true }, who, 30_000));
    await clock.advance(16 * MINUTE);
    expect(operations(backend)).toEqual(['describe', 'describe', 'describe', 'describe']);
  });

  it('even where one look shows everything, never reads for it', async () => {
    const { clock, backend, account, asker: who, names, answered } = aReadingAccount(30);
    const ask = (key: string) => account.version({ key, unread: true }, who, undefined);
    await answered(Promise.all(names.map(ask)), MINUTE);
    backend.store('k1', 'newer');
    backend.push(undefined);
    await clock.advance(20 * MINUTE);
    await answered(Promise.all(names.map(ask)), MINUTE);
    expect([backend.pages > 0, backend.keysOf('read')]).toEqual([true, []]);
  });
});

describe('THREATS 18: questions about what may not be read', () => {
  it('go one at a time, and nobody who may read waits behind them', async () => {
    const { clock, backend, scheduler } = aScheduler({ describesByReading: true }, 1_000);
    const refs = range(30).map((n) => ({ key: `protected-${n}`, unread: true }) as const);
    const waiting = refs.map((ref) => scheduler.describe(ref, by('team')));
    await clock.pass(100);
    const free = scheduler.describe({ key: 'free' }, by('team'));
    await clock.pass(1_000);
    expect(await free).toEqual({ kind: 'absent' });
    expect(backend.keysOf('describe')).toEqual(['protected-0', 'free', 'protected-1']);
    await clock.pass(30_000);
    expect(await Promise.all(waiting)).toHaveLength(30);
  });

  it('if all are denied, keep nobody away from the provider', async () => {
    const { clock, backend, scheduler, events } = aScheduler({ describesByReading: true }, 1);
    backend.faults.plant({ answer: DENIED });
    const asked = range(20).map((n) => scheduler.describe({ key: `k${n}`, unread: true }, by('team')));
    await clock.pass(MINUTE);
    expect(await Promise.all(asked)).toEqual(range(20).map(() => DENIED));
    backend.faults.heal();
    const free = scheduler.describe({ key: 'free' }, by('team'));
    await clock.pass(10);
    expect([await free, events]).toEqual([{ kind: 'absent' }, []]);
  });

  it('are out of date like all others when the provider reports a change', async () => {
    const { clock, backend, scheduler } = aScheduler({ describesByReading: true });
    const ask = () => scheduler.describe({ key: 'a', unread: true }, by('team'));
    const before = ask();
    await clock.pass(50);
    backend.store('a', 'x');
    scheduler.outdate((key) => key === 'a');
    const after = ask();
    await clock.pass(300);
    expect(await after).toEqual({ kind: 'found', version: 'v1' });
    expect([(await before).kind, backend.keysOf('describe')]).toEqual(['found', ['a', 'a']]);
  });
});
