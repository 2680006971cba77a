/** Versions of what is going to be read anyway: one call tells the version and brings the value. */
import { describe, expect, it } from 'vitest';
import type { Payload, ReadAnswer, Refusal, VersionAnswer } from './port.ts';
import { anAccount, HOUR, MINUTE, SurveyedBackend } from './surveyed-backend-fixture.ts';

const textOf = (payload: Payload) => (payload.kind === 'value' ? payload.value.reveal().toString() : '');
const shown = (answer: ReadAnswer | Refusal) =>
  answer.kind === 'found' ? `${textOf(answer.payload)}@${answer.version}` : answer.kind;

/** What a delivery does with keys that it does not have yet: asks for their versions, then for the values. */
function delivering(all: ReturnType<typeof anAccount>) {
  const { account, answered, asker } = all;
  const version = (key: string) => answered(account.versionByReading({ key }, asker, undefined), 100);
  const value = (key: string, wanted: string) =>
    answered(account.value({ ref: { key }, wanted }, asker, shown), 100);
  return { version, value };
}

const found = (answer: VersionAnswer) => (answer.kind === 'found' ? answer.version : answer.kind);

describe('a key that is read for the first time', () => {
  it('costs one read for its version and its value', async () => {
    const all = anAccount(3);
    const { version, value } = delivering(all);
    const told = found(await version('k1'));
    expect(await value('k1', told)).toBe(`value 1@${told}`);
    expect(all.backend.calls).toEqual([{ operation: 'read', keys: ['k1'] }]);
  });

  it('if many ask at once, costs one read for all of them', async () => {
    const { backend, account, answered, asker } = anAccount(3);
    const ask = () => account.versionByReading({ key: 'k1' }, asker, undefined);
    const answers = await answered(Promise.all([ask(), ask(), ask()]));
    expect([new Set(answers.map(found)).size, backend.keysOf('read')]).toEqual([1, ['k1']]);
  });

  it('counts as known from then on: nobody describes it for five minutes', async () => {
    const all = anAccount(3);
    const told = await delivering(all).version('k1');
    await all.clock.advance(4 * MINUTE);
    expect(await all.version('k1')).toEqual(told);
    expect(await delivering(all).version('k1')).toEqual(told);
    expect(all.backend.calls).toHaveLength(1);
  });

  it('if its version is fixed, is read as it is', async () => {
    const { backend, account, answered, asker } = anAccount(1);
    backend.store('k0', 'newer');
    const ref = { key: 'k0', version: 'v1' };
    const told = await answered(account.versionByReading(ref, asker, undefined));
    expect([found(told), await answered(account.value({ ref, wanted: 'v1' }, asker, shown))]).toEqual([
      'v1',
      'value 0@v1',
    ]);
    expect(backend.keysOf('read')).toEqual(['k0']);
  });

  it('if it is not there, that is known for ten seconds, and found out when it comes', async () => {
    const all = anAccount(0);
    const { version } = delivering(all);
    expect(await version('late')).toEqual({ kind: 'absent' });
    expect(await version('late')).toEqual({ kind: 'absent' });
    expect(all.backend.keysOf('read')).toEqual(['late']);
    const stored = all.backend.store('late', 'x');
    await all.clock.advance(10_000);
    expect(await version('late')).toEqual({ kind: 'found', version: stored });
    expect(all.changes).toEqual(['late']);
  });

  it.each<Refusal>([
    { kind: 'unavailable', code: 'E' },
    { kind: 'identityUnavailable', code: 'NoAmbientIdentity' },
  ])('if the provider is not to be had, as $kind, nothing of it is kept', async (refusal) => {
    const all = anAccount(3);
    all.backend.faults.plant({ answer: refusal });
    const answer = all.account.versionByReading({ key: 'k1' }, all.asker, undefined);
    await all.clock.advance(MINUTE);
    expect((await answer).kind).toBe(refusal.kind);
    all.backend.faults.heal();
    await all.clock.advance(MINUTE);
    all.backend.calls.length = 0;
    expect(found(await delivering(all).version('k1'))).toBe('v2');
    expect(all.backend.keysOf('read')).toEqual(['k1']);
  });

  it('if what was read goes unused, it is wiped within half a minute, and read again for its value', async () => {
    const all = anAccount(3);
    const { version, value } = delivering(all);
    const told = found(await version('k1'));
    await all.clock.advance(31_000);
    expect(await value('k1', told)).toBe(`value 1@${told}`);
    expect(all.backend.keysOf('read')).toEqual(['k1', 'k1']);
  });

  it('if it changes while it is read, that is not lost', async () => {
    const { clock, backend, changes, account, asker, version } = anAccount(3);
    backend.goLive(true);
    backend.slow = { clock, ms: 200 };
    const first = account.versionByReading({ key: 'k1' }, asker, undefined);
    await clock.advance(100);
    const newer = backend.store('k1', 'newer');
    await clock.advance(200);
    expect([await first, changes]).toEqual([{ kind: 'found', version: 'v2' }, ['k1']]);
    expect(await version('k1')).toEqual({ kind: 'found', version: newer });
  });

  it('if another value was stored in between, the newer one is read once that is known', async () => {
    const all = anAccount(3);
    all.backend.goLive(true);
    const { version, value } = delivering(all);
    await version('k1');
    all.backend.store('k1', 'newer');
    const told = found(await version('k1'));
    expect([told, await value('k1', told)]).toEqual(['v4', 'newer@v4']);
  });
});

describe('a backend that tells versions for nothing', () => {
  it('is not read for them', async () => {
    const backend = Object.assign(new SurveyedBackend(), {
      known: (): VersionAnswer => ({ kind: 'found', version: 'pushed' }),
    });
    const all = anAccount(3, backend);
    expect(await delivering(all).version('k1')).toEqual({ kind: 'found', version: 'pushed' });
    expect(backend.calls).toEqual([]);
  });

  it('if it does not know, is described and not read', async () => {
    const backend = Object.assign(new SurveyedBackend(), { known: () => undefined });
    const all = anAccount(3, backend);
    expect(found(await delivering(all).version('k1'))).toBe('v2');
    expect(backend.calls).toEqual([{ operation: 'describe', keys: ['k1'] }]);
  });
});

describe('the requests of an account today', () => {
  it('are what its backend counts; none where it does not', async () => {
    const { account } = anAccount(0);
    expect(account.today).toEqual({ date: '2026-01-01', count: 0 });
    const counting = Object.assign(new SurveyedBackend(), { requests: () => 7 });
    const { account: counted, clock } = anAccount(0, counting);
    expect(counted.today.count).toBe(7);
    await clock.advance(25 * HOUR);
    expect(counted.today).toEqual({ date: '2026-01-02', count: 0 });
  });
});
