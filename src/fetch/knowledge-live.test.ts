/** What an account knows while its changes are pushed, and what becomes of it when they stop. */
import { describe, expect, it } from 'vitest';
import { anAccount, HOUR, MINUTE, SurveyedBackend } from './surveyed-backend-fixture.ts';

/** Whose changes are pushed from the beginning. */
async function listening(keys = 200) {
  const all = anAccount(keys);
  all.backend.goLive(true);
  await all.readAll();
  all.backend.calls.length = 0;
  return all;
}

describe('an account whose changes are pushed', () => {
  it('is compared as seldom as its provider’s price allows, whatever was chosen for when they are not', async () => {
    const { clock, backend, describeAll } = await listening();
    await describeAll(undefined, MINUTE);
    await clock.advance(5 * HOUR);
    expect([backend.calls, backend.pages]).toEqual([[], 0]);
    await clock.advance(2 * HOUR);
    expect(backend.pages).toBe(2);
  });

  it('if a key is reported, has that one described at once when somebody asks, and no other', async () => {
    const { backend, changes, version } = await listening();
    const changed = backend.store('k7', 'new');
    expect(changes).toEqual(['k7']);
    expect(await version('k7')).toEqual({ kind: 'found', version: changed });
    expect(backend.calls).toEqual([{ operation: 'describe', keys: ['k7'] }]);
  });

  it('if any key is reported, believes none that it knew', async () => {
    const { backend, changes, version } = await listening();
    backend.push(undefined);
    await version('k1');
    await version('k2');
    expect([changes[0], backend.keysOf('describe')]).toEqual(['any key', ['k1', 'k2']]);
  });

  it('if an event was lost, finds the change at the next comparison', async () => {
    const { clock, backend, changes } = await listening();
    backend.goLive(false);
    backend.store('k7', 'new');
    backend.goLive(true);
    await clock.advance(7 * HOUR);
    expect(changes).toContain('k7');
  });
});

describe('an account whose changes are pushed no longer', () => {
  it('is compared within five minutes, although that was planned for hours later', async () => {
    const { clock, backend, changes } = await listening();
    await clock.advance(HOUR);
    backend.goLive(false);
    backend.store('k7', 'new');
    await clock.advance(6 * MINUTE);
    expect([changes, backend.pages]).toEqual([['k7'], 2]);
  });

  it('is compared as often as its owner chose', async () => {
    const { clock, backend, changes, describeAll } = await listening();
    await describeAll(undefined, MINUTE);
    await clock.advance(HOUR);
    backend.goLive(false);
    backend.store('k7', 'new');
    await clock.advance(75_000);
    expect(changes).toEqual(['k7']);
  });

  it('says so, with one word of why, and again when they are back', async () => {
    const { clock, backend, account, events } = await listening();
    await clock.advance(HOUR);
    expect(account.events).toBe('live');
    backend.goLive(false, 'QueueMissing');
    expect(account.events).toBe('silent');
    backend.goLive(true);
    expect(events.map((event) => ('code' in event ? `${event.kind} ${event.code}` : event.kind))).toEqual([
      'eventsArrive Answered',
      'eventsMissing QueueMissing',
      'eventsArrive Answered',
    ]);
  });
});

describe('the events of an account', () => {
  it('if nothing is set up for them, are none', () => {
    const backend = Object.assign(new SurveyedBackend(), { watch: undefined });
    expect(anAccount(0, backend).account.events).toBe('none');
  });

  it('if it is not known yet whether any arrive, are starting for a minute, then silent', async () => {
    const { clock, account } = anAccount(0);
    await clock.advance(MINUTE - 1);
    expect(account.events).toBe('starting');
    await clock.advance(1);
    expect(account.events).toBe('silent');
  });

  it('if they arrive at once, are live', () => {
    const { backend, account } = anAccount(0);
    backend.goLive(true);
    expect(account.events).toBe('live');
  });
});
