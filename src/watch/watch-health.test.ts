import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import type { ReflectorState } from '../kube/watch-recovery.ts';
import { WatchHealth } from './watch-health.ts';

let clock: FakeClock;
let loop: { max: number; reset: () => void };

beforeEach(() => {
  clock = new FakeClock();
  loop = {
    max: 0,
    reset: () => {
      loop.max = 0;
    },
  };
});

const reflector = (label: string, state: ReflectorState, synced: boolean, lastActivityAt = 0) => ({
  label,
  state,
  synced,
  lastActivityAt,
});
const health = (reflectors: (ReturnType<typeof reflector> & { mayBeMissing?: true })[], longestRunMs = 0) =>
  new WatchHealth({ clock, reflectors: () => reflectors, queues: () => [{ longestRunMs }], loopDelay: loop });

describe('ready', () => {
  it('needs every reflector to have been synced once', () => {
    const verdict = health([
      reflector('scopes', 'synced', true),
      reflector('secrets in a', 'starting', false),
    ]).ready();
    expect(verdict).toEqual({ ok: false, reasons: ['secrets in a is not synced (starting)'] });
  });

  it('does not wait for namespaces that refuse us, nor mind a server that is away', () => {
    expect(
      health([
        reflector('a', 'forbidden', false),
        reflector('b', 'absent', true),
        reflector('c', 'failing', true),
      ]).ready().ok,
    ).toBe(true);
  });

  it('waits for a kind that is not served yet', () => {
    expect(health([reflector('scopes', 'absent', false)]).ready()).toEqual({
      ok: false,
      reasons: ['scopes is not synced (absent)'],
    });
  });

  it.each(['starting', 'failing', 'absent', 'forbidden'] as const)(
    'does not wait for a kind that may be missing for ever and is %s',
    (state) => {
      expect(health([{ ...reflector('votes', state, false), mayBeMissing: true }]).ready().ok).toBe(true);
    },
  );
});

describe('alive', () => {
  it('minds a reflector that does nothing for five minutes', async () => {
    await clock.advance(301_000);
    expect(health([reflector('scopes', 'failing', true)]).alive()).toEqual({
      ok: false,
      reasons: ['scopes did nothing for 301 s'],
    });
    expect(health([reflector('scopes', 'failing', true, 10_000)]).alive().ok).toBe(true);
    expect(health([reflector('scopes', 'stopped', true)]).alive().ok).toBe(true);
    const votes = { ...reflector('votes', 'synced', true), mayBeMissing: true as const };
    expect(health([votes]).alive().reasons).toEqual(['votes did nothing for 301 s']);
  });

  it('minds a run that hangs', () => {
    expect(health([], 601_000).alive().reasons).toEqual(['a reconcile runs for 601 s']);
  });

  it('minds a pause of the event loop once', () => {
    const watched = health([]);
    loop.max = 6e9;
    expect(watched.alive().reasons).toEqual(['the event loop stood still for 6 s']);
    expect(watched.alive().ok).toBe(true);
  });
});

it('measures the event loop itself', () => {
  expect(new WatchHealth({ clock, reflectors: () => [] }).alive().ok).toBe(true);
});
