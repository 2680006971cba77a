import { describe, expect, it } from 'vitest';
import { anAccount, HOUR, MINUTE, SurveyedBackend } from './surveyed-backend-fixture.ts';

describe('an account with a list', () => {
  it('if the operator begins anew, is looked at once, and no key is described', async () => {
    const { backend, describeAll } = anAccount(200);
    await describeAll();
    expect([backend.pages, backend.keysOf('describe')]).toEqual([2, []]);
  });

  it.each([2_000, 5_000])(
    'if %i keys are read for the first time, describes none of them later',
    async (count) => {
      const { clock, backend, readAll } = anAccount(count);
      await readAll();
      await clock.advance(MINUTE);
      await clock.advance(3 * HOUR);
      expect(backend.keysOf('describe').length).toBe(0);
    },
  );

  it.each([3, 4, 5])('if it is asked for a handful of keys (%i), is never looked at', async (count) => {
    const { clock, backend, names, describeAll } = anAccount(200);
    await describeAll(names.slice(0, count));
    await clock.advance(20 * MINUTE);
    expect(backend.pages).toBe(0);
  });

  it('if a key is gone and the list lags, it does not come back', async () => {
    const { clock, backend, changes, describeAll, version } = anAccount(200);
    backend.goLive(true);
    await describeAll();
    backend.lag();
    backend.erase('k7');
    expect(changes).toEqual(['k7']);
    const kinds = [];
    for (let at = 0; at < 4; at++) {
      kinds.push((await version('k7')).kind);
      await clock.advance(14_000);
    }
    expect(kinds).toEqual(['absent', 'absent', 'absent', 'absent']);
  });

  it('if a key changes while it is read for the first time, that is not lost', async () => {
    const { clock, backend, account, asker, version } = anAccount(3);
    backend.goLive(true);
    backend.slow = { clock, ms: 200 };
    const first = account.versionByReading({ key: 'k1' }, asker, undefined);
    await clock.advance(100);
    const newer = backend.store('k1', 'newer');
    await clock.advance(200);
    expect(await first).toEqual({ kind: 'found', version: 'v2' });
    expect(await version('k1')).toEqual({ kind: 'found', version: newer });
  });
});

describe('an account whose list shows only that something changed', () => {
  it('if a key changed while it was read, and a look began in between, that is not lost', async () => {
    const all = anAccount(30, new SurveyedBackend({ surveyTells: 'marks' }));
    const { clock, backend, account, asker, names, version } = all;
    backend.slow = { clock, ms: 200 };
    const ask = (key: string) => account.versionByReading({ key }, asker, undefined);
    const first = ask('k0');
    await clock.advance(50);
    const newer = backend.store('k0', 'newer');
    backend.slow = undefined;
    await clock.advance(50);
    await Promise.all(names.slice(1).map(ask));
    await clock.advance(200);
    expect(await first).toEqual({ kind: 'found', version: 'v1' });
    await clock.advance(30 * MINUTE);
    expect(await version('k0')).toEqual({ kind: 'found', version: newer });
  });
});
