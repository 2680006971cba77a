/** What an account knows where one look at it tells the versions of all its keys, as AWS' list does. */
import { describe, expect, it } from 'vitest';
import { anAccount, HOUR, MINUTE } from './surveyed-backend-fixture.ts';

describe('an account whose list tells versions', () => {
  it('if all its keys are read for the first time, describes none of them, then or later', async () => {
    const { clock, backend, changes, readAll } = anAccount(200);
    await readAll();
    expect([backend.keysOf('read').length, backend.pages]).toEqual([200, 0]);
    await clock.advance(2 * HOUR);
    expect([backend.keysOf('describe'), backend.keysOf('read').length, changes]).toEqual([[], 200, []]);
  });

  it('if the operator begins anew, is looked at once for 200 keys, and no value is read', async () => {
    const { backend, describeAll } = anAccount(200);
    const answers = await describeAll();
    expect(answers.filter(({ kind }) => kind === 'found')).toHaveLength(200);
    expect([backend.pages, backend.keysOf('read')]).toEqual([2, []]);
    // a look is worth its calls for more keys than that
    expect(backend.keysOf('describe').length).toBeLessThanOrEqual(5);
  });

  it('is looked at every five minutes, and asked for no key that is unchanged', async () => {
    const { clock, backend, describeAll } = anAccount(200);
    await describeAll();
    backend.calls.length = 0;
    await clock.advance(HOUR);
    expect([backend.pages, backend.calls]).toEqual([2 * (1 + 12), []]);
  });

  it('if one key of 200 changed, has that one described once, and reports it', async () => {
    const { clock, backend, changes, describeAll, version } = anAccount(200);
    await describeAll();
    backend.calls.length = 0;
    const changed = backend.store('k7', 'new');
    await clock.advance(6 * MINUTE);
    expect([backend.keysOf('describe'), changes]).toEqual([['k7'], ['k7']]);
    expect(await version('k7')).toEqual({ kind: 'found', version: changed });
    await clock.advance(HOUR);
    expect([backend.keysOf('describe'), changes]).toEqual([['k7'], ['k7']]);
  });

  it('if its list lags, takes back nothing that a read has shown', async () => {
    const { clock, backend, changes, account, answered, asker, describeAll, version } = anAccount(200);
    await describeAll();
    backend.lag();
    const changed = backend.store('k7', 'new');
    const query = { ref: { key: 'k7' }, wanted: 'v8' };
    await answered(account.value(query, asker, () => undefined));
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(MINUTE);
      expect(await version('k7')).toEqual({ kind: 'found', version: changed });
    }
    expect(changes).toEqual(['k7']);
    backend.catchUp();
    await clock.advance(HOUR);
    expect(changes).toEqual(['k7']);
  });

  it('if its list does not show a key, that one is asked for by itself', async () => {
    const { clock, backend, changes, describeAll } = anAccount(200);
    backend.unlisted.add('k150');
    await describeAll();
    backend.calls.length = 0;
    backend.store('k150', 'new');
    await clock.advance(6 * MINUTE);
    expect([new Set(backend.keysOf('describe')), changes]).toEqual([new Set(['k150']), ['k150']]);
  });

  it('if a key is new to it a minute after a look, describes it: the list is of then', async () => {
    const { clock, backend, describeAll, version } = anAccount(200);
    await describeAll();
    backend.calls.length = 0;
    const newest = backend.store('late', 'x');
    await clock.advance(2 * MINUTE);
    expect(await version('late')).toEqual({ kind: 'found', version: newest });
    expect([backend.keysOf('describe'), backend.pages]).toEqual([['late'], 2]);
  });

  it('if a key that it showed is new to us a minute later, describes it too: it may have changed since', async () => {
    const { clock, backend, names, describeAll, version } = anAccount(200);
    await describeAll(names.slice(0, 150));
    await clock.advance(2 * MINUTE);
    const newest = backend.store('k180', 'new');
    expect(await version('k180')).toEqual({ kind: 'found', version: newest });
  });

  it('if a version is fixed, asks for that one: a list tells the current one', async () => {
    const { clock, backend, account, answered, asker, describeAll } = anAccount(200);
    await describeAll();
    backend.calls.length = 0;
    backend.store('k7', 'new');
    const pinned = account.version({ key: 'k7', version: 'v8' }, asker, undefined);
    expect(await answered(pinned)).toEqual({ kind: 'found', version: 'v8' });
    expect(backend.keysOf('describe')).toEqual(['k7']);
    await clock.advance(4 * MINUTE);
    expect(backend.keysOf('describe')).toEqual(['k7']);
  });

  it('if it is asked for one or two keys, describes them', async () => {
    const { clock, backend, describeAll } = anAccount(200);
    await describeAll(['k1', 'k2']);
    await clock.advance(20 * MINUTE);
    expect(backend.pages).toBe(0);
    expect(backend.keysOf('describe').length).toBeGreaterThan(4);
  });
});

describe('a look that fails', () => {
  it.each([
    [{ kind: 'denied' } as const, 'an hour', 50],
    [{ kind: 'unavailable', code: 'ListingOver' } as const, 'a minute', 0.5],
  ])('as %o has every key described instead, and is tried again after %s', async (refusal, _time, quiet) => {
    const { clock, backend, describeAll } = anAccount(200);
    backend.surveyRefusal = refusal;
    const answers = describeAll();
    await clock.advance(10_000);
    expect((await answers).filter(({ kind }) => kind === 'found')).toHaveLength(200);
    expect(new Set(backend.keysOf('describe')).size).toBe(200);
    const { pages } = backend;
    await clock.advance(quiet * MINUTE);
    expect(backend.pages).toBe(pages);
    backend.surveyRefusal = undefined;
    await clock.advance(20 * MINUTE);
    backend.calls.length = 0;
    await clock.advance(30 * MINUTE);
    expect([backend.pages > pages, backend.keysOf('describe')]).toEqual([true, []]);
  });

  it('after others that did not, has the keys described once nothing vouches for them', async () => {
    const { clock, backend, changes, describeAll } = anAccount(200);
    await describeAll();
    backend.calls.length = 0;
    backend.surveyRefusal = { kind: 'denied' };
    backend.store('k7', 'new');
    await clock.advance(6 * MINUTE);
    expect(backend.keysOf('describe')).toEqual([]);
    await clock.advance(6 * MINUTE);
    expect([new Set(backend.keysOf('describe')).size, changes]).toEqual([200, ['k7']]);
  });
});

describe('an account that is closed', () => {
  it('is looked at no more, and nothing is left that would', async () => {
    const { clock, backend, account, describeAll } = anAccount(200);
    await describeAll();
    const { pages } = backend;
    await account.close();
    await clock.advance(2 * HOUR);
    expect([backend.pages, clock.pendingTimers]).toEqual([pages, 0]);
  });
});
