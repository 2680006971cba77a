import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { aScheduler, by, range } from '../../test/contract/a-scheduler.ts';
import { settled } from '../../test/contract/stepped-clock.ts';

describe('calls', () => {
  it('the same question is asked once, however many wait for it', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    const answers = Promise.all(
      ['t1', 't2', 't3'].map((tenant) => scheduler.describe({ key: 'a' }, by(tenant))),
    );
    await clock.pass(50);
    const late = scheduler.describe({ key: 'a' }, by('t4'));
    await clock.pass(50);
    expect([...(await answers), await late].map(({ kind }) => kind)).toEqual(Array(4).fill('found'));
    expect(backend.keysOf('describe')).toEqual(['a']);
  });

  it('what is asked together shares calls of batchSize', async () => {
    const { clock, backend, scheduler } = aScheduler({ batchSize: 20 });
    const answers = Promise.all(range(45).map((n) => scheduler.describe({ key: `k${n}` }, by('t'))));
    await clock.pass(100);
    await answers;
    expect(backend.calls.map(({ keys }) => keys.length)).toEqual([20, 20, 5]);
  });

  it('an answer that was asked for before a change is not given to who asks after it', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    const before = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(50);
    scheduler.outdate((key) => key === 'a');
    const after = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(100);
    await Promise.all([before, after]);
    expect(backend.keysOf('describe')).toEqual(['a', 'a']);
  });

  it('a denied or absent key is asked once and opens no circuit', async () => {
    const { clock, backend, scheduler, events } = aScheduler({ batchSize: 1 });
    backend.faults.plant({ key: 'secret', answer: { kind: 'denied' } });
    for (const n of range(20)) {
      const denied = scheduler.describe({ key: 'secret' }, by('t'));
      const absent = scheduler.describe({ key: `missing${n}` }, by('t'));
      await clock.pass(200);
      expect([(await denied).kind, (await absent).kind]).toEqual(['denied', 'absent']);
    }
    expect(backend.calls).toHaveLength(40);
    expect(events).toEqual([]);
  });

  it('of a batch only what failed is asked again', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    backend.store('b', 'x');
    backend.faults.plant({ key: 'b', answer: { kind: 'unavailable', code: 'E1' }, times: 2 });
    const answers = Promise.all(['a', 'b'].map((key) => scheduler.describe({ key }, by('t'))));
    await clock.pass(5_000);
    expect((await answers).map(({ kind }) => kind)).toEqual(['found', 'found']);
    expect(backend.calls.map(({ keys }) => keys)).toEqual([['a', 'b'], ['b'], ['b']]);
  });

  it('three failures in transport are an answer', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.faults.plant({ answer: { kind: 'unavailable', code: 'ECONNRESET' } });
    const answer = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(10_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'ECONNRESET' });
    expect(backend.calls).toHaveLength(3);
  });

  it('a backend that never answers is given up after 30 s, three times', async () => {
    const { clock, scheduler, records } = aScheduler({}, 10_000_000);
    const answer = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(100_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'Timeout' });
    expect(records.map(({ outcome, seconds }) => [outcome, seconds])).toEqual(
      Array(3).fill(['timedOut', 30]),
    );
  });

  it('THREATS 16: what a backend throws goes nowhere', async () => {
    const { clock, backend, scheduler, events } = aScheduler();
    backend.read = () => Promise.reject(new TypeError('hunter2 is not valid JSON'));
    const answer = scheduler.read({ ref: { key: 'a' }, wanted: 'v1' }, by('t'), (found) => found);
    await clock.pass(10_000);
    expect(await answer).toEqual({ kind: 'unavailable', code: 'BackendFailed' });
    expect(events[0]).toEqual({ kind: 'backendThrew', operation: 'read', error: 'TypeError' });
    expect(inspect(events)).not.toContain('hunter2');
  });
});

describe('who gives up', () => {
  it('gets an answer at once and takes nothing from the others', async () => {
    const { clock, backend, scheduler } = aScheduler();
    backend.store('a', 'x');
    const leaving = new AbortController();
    const first = scheduler.describe({ key: 'a' }, by('t1', leaving.signal));
    const second = scheduler.describe({ key: 'a' }, by('t2'));
    await clock.pass(50);
    leaving.abort(new DOMException('too late', 'TimeoutError'));
    expect(await first).toEqual({ kind: 'unavailable', code: 'Timeout' });
    await clock.pass(50);
    expect((await second).kind).toBe('found');
  });

  it('ends the call when nobody waits any more', async () => {
    const { clock, backend, scheduler, records } = aScheduler({}, 10_000_000);
    const leaving = new AbortController();
    const answer = scheduler.describe({ key: 'a' }, by('t', leaving.signal));
    await clock.pass(50);
    leaving.abort();
    expect(await answer).toEqual({ kind: 'unavailable', code: 'Aborted' });
    await settled();
    expect(records.map(({ outcome }) => outcome)).toEqual(['abandoned']);
    void scheduler.describe({ key: 'a' }, by('t'));
    await settled();
    expect(backend.calls).toHaveLength(2);
  });

  it('does not end a call that others of the batch wait for', async () => {
    const { clock, scheduler } = aScheduler();
    const leaving = new AbortController();
    const first = scheduler.describe({ key: 'a' }, by('t', leaving.signal));
    const second = scheduler.describe({ key: 'b' }, by('t'));
    await clock.pass(50);
    leaving.abort();
    await clock.pass(50);
    expect([(await first).kind, (await second).kind]).toEqual(['unavailable', 'absent']);
  });

  it('does not spoil the answer of who asks at the same moment', async () => {
    const { clock, scheduler } = aScheduler();
    const leaving = new AbortController();
    void scheduler.describe({ key: 'a' }, by('t', leaving.signal));
    await clock.pass(50);
    leaving.abort();
    const after = scheduler.describe({ key: 'a' }, by('t'));
    await clock.pass(100);
    expect((await after).kind).toBe('absent');
  });
});
