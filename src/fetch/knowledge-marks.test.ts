/** What an account knows where its list only says that something was written, as a vault of Azure does. */
import { describe, expect, it } from 'vitest';
import { anAccount, HOUR, MINUTE, SurveyedBackend } from './surveyed-backend-fixture.ts';

const aVault = (keys: number) => anAccount(keys, new SurveyedBackend({ surveyTells: 'marks' }));

describe('an account whose list tells marks', () => {
  it('if all its keys are read for the first time, is looked at meanwhile: there is one to compare with', async () => {
    const { clock, backend, readAll } = aVault(200);
    await readAll();
    expect([backend.keysOf('read').length, backend.pages]).toEqual([200, 2]);
    await clock.advance(2 * HOUR);
    expect([backend.keysOf('describe'), backend.keysOf('read').length]).toEqual([[], 200]);
  });

  it('if the operator begins anew, has every key described once: a mark is no version', async () => {
    const { clock, backend, describeAll } = aVault(200);
    await describeAll();
    expect([new Set(backend.keysOf('describe')).size, backend.keysOf('read')]).toEqual([200, []]);
    await clock.advance(12 * MINUTE);
    backend.calls.length = 0;
    await clock.advance(2 * HOUR);
    expect(backend.calls).toEqual([]);
  });

  it('if one key of 200 changed, has that one described once, and reports it', async () => {
    const { clock, backend, changes, readAll, version } = aVault(200);
    await readAll();
    await clock.advance(6 * MINUTE);
    backend.calls.length = 0;
    const changed = backend.store('k7', 'new');
    await clock.advance(6 * MINUTE);
    expect([backend.keysOf('describe'), changes]).toEqual([['k7'], ['k7']]);
    expect(await version('k7')).toEqual({ kind: 'found', version: changed });
    await clock.advance(HOUR);
    expect(backend.keysOf('describe')).toEqual(['k7']);
  });

  it('if a key changed between a look and its read, loses nothing', async () => {
    const { clock, backend, changes, readAll, version } = aVault(200);
    await readAll();
    // the look has begun; the list shows what was there then
    backend.lag();
    const changed = backend.store('k150', 'new');
    await clock.advance(6 * MINUTE);
    backend.catchUp();
    await clock.advance(6 * MINUTE);
    expect([await version('k150'), changes]).toEqual([{ kind: 'found', version: changed }, ['k150']]);
  });

  it('if its list lags, describes what differs when it shows, and reports nothing that is known', async () => {
    const { clock, backend, changes, account, answered, asker, readAll } = aVault(200);
    await readAll();
    backend.lag();
    backend.store('k7', 'new');
    await answered(account.value({ ref: { key: 'k7' }, wanted: 'v8x' }, asker, () => undefined));
    await clock.advance(6 * MINUTE);
    expect(changes).toEqual(['k7']);
    backend.catchUp();
    await clock.advance(HOUR);
    expect(changes).toEqual(['k7']);
  });

  it('if it is asked for one or two keys, is not looked at', async () => {
    const { clock, backend, readAll } = aVault(200);
    await readAll(['k1', 'k2']);
    await clock.advance(20 * MINUTE);
    expect([backend.pages, new Set(backend.keysOf('describe')).size]).toEqual([0, 2]);
  });
});
