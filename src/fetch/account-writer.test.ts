/** What an account knows after it wrote, whatever its provider says meanwhile. */
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../model/secret-value.ts';
import type { ReadAnswer, Refusal, VersionAnswer } from './port.ts';
import { anAccount, HOUR, MINUTE, SurveyedBackend } from './surveyed-backend-fixture.ts';

const SECOND = 1_000;

function writing(keys: number, backend = new SurveyedBackend()) {
  const all = anAccount(keys, backend);
  const { account, answered, asker } = all;
  const put = (key: string, text = 'new') =>
    answered(account.writer.put({ key }, SecretValue.fromText(text), asker), 10);
  const remove = (key: string) => answered(account.writer.remove({ key }, asker), 10);
  const value = (key: string, wanted: string) =>
    answered(account.value({ ref: { key }, wanted }, asker, shown), 10);
  return { ...all, put, remove, value };
}

function shown(answer: ReadAnswer | Refusal): string {
  if (answer.kind !== 'found' || answer.payload.kind !== 'value') return answer.kind;
  return `${answer.payload.value.reveal()}@${answer.version}`;
}

const found = (version: string) => ({ kind: 'found', version });

describe('a version that was stored here', () => {
  it('is known at once, and by nobody’s asking', async () => {
    const { backend, changes, put, version } = writing(3);
    await version('k1');
    await put('k1');
    backend.calls.length = 0;
    expect(await version('k1')).toEqual(found('v4'));
    expect([changes, backend.calls]).toEqual([['k1'], []]);
  });

  it('stays while a list of the account lags for five minutes', async () => {
    const { clock, backend, changes, describeAll, put, version } = writing(200);
    await describeAll();
    backend.lag();
    await put('k7');
    changes.length = 0;
    for (let at = 0; at < 20; at++) {
      expect(await version('k7')).toEqual(found('v201'));
      await clock.advance(MINUTE);
      if (at === 5) backend.catchUp();
    }
    expect(changes).toEqual([]);
  });

  it('stays where a list that lags is the first one, and everybody waits for it', async () => {
    const { clock, backend, changes, account, answered, asker, names, put, version } = writing(200);
    const read = (key: string) => account.versionByReading({ key }, asker, undefined);
    await version('k0');
    // so that all are due at the same moment again
    await clock.advance(300);
    await answered(Promise.all(names.map(read)), 10);
    backend.lag();
    await put('k7');
    changes.length = 0;
    await clock.advance(6 * MINUTE);
    expect([await version('k7'), await version('k8')]).toEqual([found('v201'), found('v9')]);
    expect([backend.pages > 0, changes]).toEqual([true, []]);
  });

  it('stays while the provider itself answers the one before, which it does for seconds', async () => {
    const { clock, backend, changes, put, version } = writing(1);
    await version('k0');
    backend.stale.set('k0', 'v1');
    await put('k0');
    backend.goLive(true);
    backend.push('k0');
    changes.length = 0;
    for (let at = 0; at < 4; at++) {
      expect(await version('k0')).toEqual(found('v2'));
      await clock.advance(2 * SECOND);
    }
    backend.stale.clear();
    await clock.advance(MINUTE);
    expect(await version('k0')).toEqual(found('v2'));
    expect(changes).toEqual([]);
  });

  it('stays while the provider says that there is no such secret yet', async () => {
    const { clock, backend, put, version } = writing(0);
    expect(await version('new')).toEqual({ kind: 'absent' });
    backend.stale.set('new', 'absent');
    await put('new');
    backend.push(undefined);
    expect(await version('new')).toEqual(found('v1'));
    backend.stale.clear();
    await clock.advance(MINUTE);
    expect(await version('new')).toEqual(found('v1'));
  });

  it('gives way to a newer one of somebody else at once', async () => {
    const { backend, put, version } = writing(1);
    backend.goLive(true);
    await version('k0');
    await put('k0');
    backend.store('k0', 'newer');
    expect(await version('k0')).toEqual(found('v3'));
  });

  it('gives way to the one before within seconds where somebody takes that back', async () => {
    const { clock, backend, changes, put, version } = writing(1);
    backend.goLive(true);
    await version('k0');
    await put('k0');
    // as AWSCURRENT moved back
    backend.stale.set('k0', 'v1');
    backend.push('k0');
    expect(await version('k0')).toEqual(found('v2'));
    changes.length = 0;
    await clock.advance(20 * SECOND);
    expect(changes).toEqual(['k0']);
    expect(await version('k0')).toEqual(found('v1'));
  });

  it('is not what somebody else stored while the answer was on its way: the provider says which is newer', async () => {
    class Slow extends SurveyedBackend {
      override async put(...args: Parameters<SurveyedBackend['put']>) {
        const answer = await super.put(...args);
        this.store(args[0].key, 'of another');
        await this.seen;
        return answer;
      }
      seen: Promise<unknown> | undefined;
    }
    const backend = new Slow();
    const { account, answered, asker, version, clock } = writing(1, backend);
    backend.goLive(true);
    await version('k0');
    const gate = Promise.withResolvers<void>();
    backend.seen = gate.promise;
    const storing = account.writer.put({ key: 'k0' }, SecretValue.fromText('ours'), asker);
    await clock.advance(10);
    expect(await version('k0')).toEqual(found('v3'));
    gate.resolve();
    expect(await answered(storing, 10)).toMatchObject({ version: 'v2' });
    expect(await version('k0')).toEqual(found('v3'));
  });

  it('is delivered in the end, although a read still gave the value before', async () => {
    const { clock, backend, changes, put, value, version } = writing(1);
    await version('k0');
    backend.stale.set('k0', 'v1');
    await put('k0');
    changes.length = 0;
    expect(await value('k0', 'v2')).toBe('value 0@v1');
    backend.stale.clear();
    await clock.advance(5 * SECOND);
    expect(changes).toEqual(['k0']);
    expect(await value('k0', 'v2')).toBe('new@v2');
  });

  it('is known before the watch of a cluster has heard of it, and what that hears later counts', async () => {
    class Watched extends SurveyedBackend {
      state = 'v1';
      known() {
        return found(this.state) as VersionAnswer;
      }
    }
    const backend = new Watched();
    const { put, version } = writing(1, backend);
    expect(await version('k0')).toEqual(found('v1'));
    await put('k0');
    expect(await version('k0')).toEqual(found('v2'));
    for (const state of ['v2', 'v3', 'v2']) {
      backend.state = state;
      expect(await version('k0')).toEqual(found(state));
    }
  });

  it('is not undone by a question that was asked before it', async () => {
    const { clock, backend, changes, account, asker, put, version } = writing(1);
    await version('k0');
    backend.goLive(true);
    backend.push('k0');
    backend.slow = { clock, ms: 500 };
    const asking = account.versionByReading({ key: 'k0' }, asker, undefined);
    await clock.advance(10);
    await put('k0');
    changes.length = 0;
    await clock.advance(5 * SECOND);
    expect([await asking, await version('k0')]).toEqual([found('v1'), found('v2')]);
    expect(changes).toEqual([]);
  });
});

describe('what was deleted here', () => {
  it('does not come back by a list or a provider that lags', async () => {
    const { clock, backend, changes, describeAll, remove, version } = writing(200);
    await describeAll();
    backend.lag();
    backend.stale.set('k7', 'v8');
    await remove('k7');
    expect(changes).toEqual(['k7']);
    changes.length = 0;
    for (let at = 0; at < 4; at++) {
      expect(await version('k7')).toEqual({ kind: 'absent' });
      await clock.advance(2 * SECOND);
    }
    backend.stale.clear();
    await clock.advance(10 * MINUTE);
    expect(await version('k7')).toEqual({ kind: 'absent' });
    expect(changes).toEqual([]);
  });
});

describe('a write whose answer is lost', () => {
  it('is answered as such, is not repeated, and what it did is found by the next look', async () => {
    const { backend, changes, put, version } = writing(1);
    await version('k0');
    backend.losing = true;
    expect(await put('k0')).toEqual({ kind: 'unavailable', code: 'ECONNRESET' });
    expect([backend.keysOf('put'), changes]).toEqual([['k0'], ['k0']]);
    expect(await version('k0')).toEqual(found('v2'));
  });

  it('is not hidden by an answer that was asked for before it', async () => {
    const { clock, backend, account, asker, put } = writing(1);
    const ask = () => account.versionByReading({ key: 'k0' }, asker, undefined);
    backend.slow = { clock, ms: 500 };
    backend.losing = true;
    const before = ask();
    await clock.advance(10);
    await put('k0');
    const after = ask();
    await clock.advance(2 * SECOND);
    expect([await before, await after]).toEqual([found('v1'), found('v2')]);
  });

  it('and comes late outdates what is known, and is not taken for the last word', async () => {
    class Late extends SurveyedBackend {
      override async put(...[ref, value, signal]: Parameters<SurveyedBackend['put']>) {
        const answer = await super.put(ref, value, signal);
        // whatever the signal says
        await late.promise;
        return answer;
      }
    }
    const late = Promise.withResolvers<void>();
    const { clock, backend, changes, account, asker, version } = writing(1, new Late());
    await version('k0');
    const storing = account.writer.put({ key: 'k0' }, SecretValue.fromText('ours'), asker);
    await clock.advance(30 * SECOND);
    expect(await storing).toEqual({ kind: 'unavailable', code: 'Timeout' });
    backend.store('k0', 'newer');
    changes.length = 0;
    late.resolve();
    await clock.advance(0);
    expect(changes).toEqual(['k0']);
    expect(await version('k0')).toEqual(found('v3'));
  });
});

describe('versions that somebody reads by name', () => {
  it('are named to the backend, so that it leaves them usable', async () => {
    const spared: (readonly string[] | undefined)[] = [];
    class Noting extends SurveyedBackend {
      override put(...args: Parameters<SurveyedBackend['put']>) {
        spared.push(args[0].spare);
        return super.put(...args);
      }
    }
    const { account, answered, asker, clock, put } = writing(1, new Noting());
    await put('k0');
    await answered(account.version({ key: 'k0', version: 'v1' }, asker, undefined), 10);
    await put('k0');
    await clock.advance(7 * HOUR);
    await put('k0');
    expect(spared).toEqual([[], ['v1'], []]);
  });
});
