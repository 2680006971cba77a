import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { aFetcher, asker, aLine as line, MINUTE, shown } from '../../test/contract/a-fetcher.ts';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import { SecretValue } from '../model/secret-value.ts';
import { MemoryBackend, type MemoryOptions } from './backends/memory.ts';
import { Fetcher } from './fetcher.ts';

const CANARY = 'cAnary7-1e5f-88d2';
const text = (value: string) => SecretValue.fromText(value);

function writing(options: MemoryOptions = {}) {
  const all = aFetcher({ ...options, capabilities: { pushesChanges: false, ...options.capabilities } });
  const { clock, fetcher } = all;
  const done = async <T>(work: Promise<T>, ms = 0): Promise<T> => {
    await clock.pass(ms);
    return work;
  };
  const store = (value: string, at = line()) => done(fetcher.store(at, text(value), asker()));
  const delivered = async (at = line()) => {
    const [version] = await done(fetcher.versions([at], asker()));
    if (version?.kind !== 'known') return version?.reason;
    const [value] = await done(fetcher.values([{ line: at, version: version.version }], asker()));
    return shown(value);
  };
  return { ...all, done, store, delivered };
}

describe('a value that is stored', () => {
  it('is what the line delivers from then on, and who uses the key is told', async () => {
    const { backend, changes, store, delivered } = writing();
    backend.store('acme/npm', 'old');
    expect(await delivered()).toBe('old@v1');
    expect(await store('new')).toEqual({ kind: 'stored', version: 'v2', earlier: 'usable' });
    expect(changes).toEqual(['uid-1 acme/npm']);
    expect(await delivered()).toBe('new@v2');
  });

  it('is known without asking for its version again, by everybody who shares the account', async () => {
    const { backend, changes, store, delivered } = writing();
    backend.store('acme/npm', 'old');
    await delivered();
    await delivered(line({}, 'uid-2'));
    backend.calls.length = 0;
    await store('new');
    expect(changes).toEqual(['uid-1 acme/npm', 'uid-2 acme/npm']);
    await delivered(line({}, 'uid-2'));
    expect(backend.calls.map(({ operation }) => operation)).toEqual(['put', 'read']);
  });

  it('wipes what was read before', async () => {
    const { fetcher, backend, store, delivered } = writing();
    backend.store('acme/npm', 'old');
    await delivered();
    expect(fetcher.load().heldBytes).toBe(3);
    await store('new');
    expect(fetcher.load().heldBytes).toBe(0);
  });

  it('makes a new key known to lists', async () => {
    const { fetcher, done, store } = writing();
    const listed = () => done(fetcher.list(line().backend, 'acme/', asker()));
    expect(await listed()).toMatchObject({ keys: [] });
    await store('new');
    expect(await listed()).toMatchObject({ keys: ['acme/npm'] });
  });

  it('is stored as it is: the entry decodes it', async () => {
    const { store, delivered } = writing();
    const at = line({ encoding: 'Base64' });
    await store('eA==', at);
    expect(await delivered(at)).toBe('x@v1');
  });

  it('stays the caller’s, who may wipe it as soon as there is an answer', async () => {
    const clock = new SteppedClock();
    const { fetcher, backend } = writing({ latency: { clock, ms: 100 } });
    const value = text('new');
    const leaving = new AbortController();
    const storing = fetcher.store(line(), value, { tenant: 'team-web', signal: leaving.signal });
    await clock.pass(50);
    leaving.abort();
    expect(await storing).toMatchObject({ kind: 'failed', reason: 'BackendUnavailable' });
    value.wipe();
    await clock.pass(100);
    expect(backend.keysOf('put')).toEqual(['acme/npm']);
  });
});

describe('two values for one key', () => {
  it('are two writes, in the order asked, however many tenants there are', async () => {
    const { clock, fetcher, backend, done, delivered } = writing();
    const writes = Array.from({ length: 30 }, (_, n) =>
      fetcher.store(line(), text(`value ${n}`), asker(`team-${n % 7}`)),
    );
    const answers = await done(Promise.all(writes));
    expect(backend.keysOf('put')).toHaveLength(30);
    expect(answers.map((answer) => answer.kind === 'stored' && answer.version)).toEqual(
      Array.from({ length: 30 }, (_, n) => `v${n + 1}`),
    );
    await clock.pass(0);
    expect(await delivered()).toBe('value 29@v30');
  });

  it('keep their order where the provider throttles the first one', async () => {
    const { clock, fetcher, backend, delivered } = writing();
    backend.faults.plant({ answer: { kind: 'throttled', afterMs: 1_000 }, operation: 'put', times: 1 });
    const writes = [text('one'), text('two')].map((value) => fetcher.store(line(), value, asker()));
    await clock.pass(5_000);
    expect(await Promise.all(writes)).toMatchObject([{ version: 'v1' }, { version: 'v2' }]);
    expect(await delivered()).toBe('two@v2');
  });

  it('equal ones too: what is in the first is nobody’s business', async () => {
    const { fetcher, backend, done } = writing();
    await done(Promise.all(['x', 'x'].map((value) => fetcher.store(line(), text(value), asker()))));
    expect(backend.keysOf('put')).toHaveLength(2);
  });

  it('do not keep another key waiting', async () => {
    const clock = new SteppedClock();
    const { fetcher } = writing({ latency: { clock, ms: 100 } });
    const slow = [1, 2, 3].map((n) => fetcher.store(line(), text(`${n}`), asker()));
    const other = fetcher.store(line({ key: 'acme/db' }), text('x'), asker());
    await clock.pass(100);
    expect(await other).toMatchObject({ kind: 'stored' });
    await clock.pass(300);
    expect(await Promise.all(slow)).toMatchObject([
      { kind: 'stored' },
      { kind: 'stored' },
      { kind: 'stored' },
    ]);
  });
});

describe('a value that is deleted', () => {
  it('is delivered no more, and who uses the key is told', async () => {
    const { fetcher, backend, changes, done, delivered } = writing();
    backend.store('acme/npm', 'old');
    await delivered();
    expect(await done(fetcher.destroy(line(), asker()))).toEqual({ kind: 'destroyed', recoverable: false });
    expect(changes).toEqual(['uid-1 acme/npm']);
    expect(await delivered()).toBe('SecretMissing');
    expect(await done(fetcher.destroy(line(), asker()))).toEqual({ kind: 'absent' });
    expect(changes).toHaveLength(1);
  });

  it('after it was stored is gone, and stored after it was deleted is there', async () => {
    const { fetcher, done, store, delivered } = writing();
    const both = [fetcher.store(line(), text('x'), asker()), fetcher.destroy(line(), asker())];
    expect(await done(Promise.all(both))).toMatchObject([{ kind: 'stored' }, { kind: 'destroyed' }]);
    expect(await delivered()).toBe('SecretMissing');
    await store('y');
    expect(await delivered()).toBe('y@v2');
  });

  it('with a property is that property alone', async () => {
    const { fetcher, backend, done } = writing();
    backend.store('acme/db', { user: 'ana', password: 'x' });
    const password = line({ key: 'acme/db', property: 'password' });
    expect(await done(fetcher.destroy(password, asker()))).toMatchObject({ kind: 'destroyed' });
    const values = [line({ key: 'acme/db', property: 'user' }), password].map((at) => ({
      line: at,
      version: 'v2',
    }));
    expect((await done(fetcher.values(values, asker()))).map(shown)).toEqual(['ana@v2', 'PropertyMissing']);
  });
});

describe('who may write', () => {
  it('THREATS 1: is asked before anything else: nothing is opened, and nothing is told of the key', async () => {
    const { fetcher, accounts, backend } = aFetcher({}, undefined, ({ scope }) => scope.name === 'acme');
    backend.store('acme/npm', 'x');
    const mallory = { namespace: 'evil', name: 'mallory', uid: 'm' };
    const attempts = ['acme/npm', 'no such key'].flatMap((key) => {
      const at = line({ key, scope: mallory, version: 'v1' }, 'uid-9', 'another');
      return [fetcher.store(at, text(CANARY.repeat(9_000)), asker()), fetcher.destroy(at, asker())];
    });
    const answers = await Promise.all(attempts);
    expect(new Set(answers.map((answer) => inspect(answer).replace('no such key', 'acme/npm'))).size).toBe(1);
    expect(answers[0]).toEqual({
      kind: 'failed',
      reason: 'KeyNotGranted',
      message:
        'NPM_TOKEN: backend acme-org/aws does not let this scope write key "acme/npm"; ask its owner for a grant with operations: [Write]',
    });
    expect([backend.calls, accounts.has('another')]).toEqual([[], false]);
  });

  it('is nobody unless somebody says so', async () => {
    const connect = () => ({ account: 'aws', open: () => new MemoryBackend() });
    const fetcher = new Fetcher({
      connect,
      authorize: () => true,
      clock: new SteppedClock(),
      random: () => 0.5,
    });
    expect(await fetcher.store(line(), text('x'), asker())).toMatchObject({ reason: 'KeyNotGranted' });
    expect(await fetcher.destroy(line(), asker())).toMatchObject({ reason: 'KeyNotGranted' });
  });
});

describe('what cannot be stored', () => {
  it('is too large before anything is sent, with both sizes', async () => {
    const { fetcher, backend } = writing({ capabilities: { maxValueBytes: 8 } });
    const at = line();
    expect(await fetcher.store(at, text('123456789'), asker())).toEqual({
      kind: 'failed',
      reason: 'ValueTooLarge',
      message:
        'NPM_TOKEN: the value has 9 bytes, and backend acme-org/aws takes 8 at most; store a smaller one, or split it over several entries',
    });
    expect(backend.calls).toEqual([]);
    expect(fetcher.limits(at.backend)).toEqual({ provider: 'memory', maxValueBytes: 8 });
    expect(fetcher.limits(line({}, 'gone').backend)).toBeUndefined();
  });

  it('goes under a pinned version: nobody would get it', async () => {
    const { fetcher, backend } = writing();
    const at = line({ version: 'v1' });
    expect(await fetcher.store(at, text('x'), asker())).toMatchObject({ reason: 'EntryPinned' });
    expect(await fetcher.destroy(at, asker())).toMatchObject({ reason: 'EntryPinned' });
    expect(backend.calls).toEqual([]);
  });

  it('has a backend that is gone', async () => {
    const { fetcher } = writing();
    expect(await fetcher.store(line({}, 'gone'), text('x'), asker())).toMatchObject({
      reason: 'BackendMissing',
    });
  });
});

describe('a provider in trouble', () => {
  it('that gives no answer is asked once: the value may be stored', async () => {
    const { fetcher, backend, changes, done } = writing();
    backend.faults.plant({ answer: { kind: 'unavailable', code: 'ECONNRESET' }, operation: 'put' });
    const answer = await done(fetcher.store(line(), text(CANARY), asker()), MINUTE);
    expect(answer).toMatchObject({ kind: 'failed', reason: 'BackendUnavailable' });
    expect(inspect(answer)).not.toContain(CANARY);
    expect(backend.keysOf('put')).toHaveLength(1);
    // so whoever uses the key looks
    expect(changes).toEqual(['uid-1 acme/npm']);
  });

  it('that says nothing for thirty seconds is given up, and the next write has its turn', async () => {
    const network = new SteppedClock();
    const { clock, fetcher, backend } = writing({ latency: { clock: network, ms: 40_000 } });
    const [first, second] = ['one', 'two'].map((value) => fetcher.store(line(), text(value), asker()));
    await clock.pass(30_000);
    expect(await first).toMatchObject({ kind: 'failed', reason: 'BackendUnavailable' });
    expect(backend.keysOf('put')).toHaveLength(2);
    await network.pass(40_000);
    expect(await second).toMatchObject({ kind: 'stored' });
  });

  it('that cannot be reached is not asked at all while the circuit is open', async () => {
    const { fetcher, backend, changes, done } = writing();
    backend.faults.plant({ answer: { kind: 'unavailable', code: 'ECONNREFUSED' } });
    const keys = Array.from({ length: 5 }, (_, n) => line({ key: `acme/k${n}` }));
    await done(Promise.all(keys.map((at) => fetcher.store(at, text('x'), asker()))));
    backend.calls.length = 0;
    changes.length = 0;
    for (const answer of [
      await done(fetcher.store(line(), text('x'), asker())),
      await done(fetcher.destroy(line(), asker())),
    ])
      expect(answer).toMatchObject({
        kind: 'failed',
        reason: 'BackendUnavailable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    expect([backend.keysOf('put'), backend.keysOf('remove'), changes]).toEqual([[], [], []]);
  });

  it('that throttles for long is reported with the time', async () => {
    const { fetcher, backend, changes, done } = writing();
    backend.faults.plant({ answer: { kind: 'throttled', afterMs: 9_000 } });
    const answer = await done(fetcher.store(line(), text('x'), asker()));
    expect(answer).toMatchObject({ kind: 'failed', reason: 'BackendThrottled', afterMs: 9_000 });
    expect(changes).toEqual([]);
  });

  it('does not let one tenant’s thousand writes delay another’s single one', async () => {
    const clock = new SteppedClock();
    const { fetcher } = aFetcher({ latency: { clock, ms: 100 } });
    for (let n = 0; n < 1_000; n++) void fetcher.store(line({ key: `acme/k${n}` }), text('x'), asker('loud'));
    const single = fetcher.store(line(), text('x'), asker('quiet'));
    await clock.pass(300);
    expect(await Promise.race([single, Promise.resolve('not yet')])).toMatchObject({ kind: 'stored' });
  });
});
