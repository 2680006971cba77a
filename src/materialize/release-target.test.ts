import { describe, expect, it } from 'vitest';
import type { TargetPlan } from '../model/plan.ts';
import { aPlan, delivered, FakeProvider, wanted } from './delivery-fixture.ts';
import { ORPHANED_ANNOTATION } from './delivery-record.ts';
import { type ObservedTarget, observeTarget } from './observed-target.ts';
import { type Leaving, releaseTarget } from './release-target.ts';
import { type FakeSecrets, kubeError, OTHER_KEYRING } from './secrets-fixture.ts';

const NOW = Date.UTC(2026, 0, 2);
const DAY = 86_400_000;
const held = (change: Partial<TargetPlan> = {}) =>
  delivered(aPlan([wanted('A')], change), new FakeProvider({ A: 'one' }));
const retain = { deletionPolicy: 'Retain' } as const;

function release(
  secrets: FakeSecrets,
  leaving: Leaving,
  change: { observed?: ObservedTarget; nowMs?: number; graceMs?: number } = {},
) {
  const input = { observed: secrets.observed ?? expect.fail(), leaving, nowMs: NOW, graceMs: DAY, ...change };
  return releaseTarget(input, secrets.writer, new AbortController().signal);
}

const since = (secrets: FakeSecrets, text: string) =>
  secrets.edit(({ metadata }) => ({
    metadata: { annotations: { ...metadata.annotations, [ORPHANED_ANNOTATION]: text } },
  }));

describe('a Secret whose target was seen to go', () => {
  it('is deleted at once', async () => {
    const secrets = await held();
    expect(await release(secrets, 'witnessed')).toEqual({ kind: 'deleted' });
    expect(secrets.done).toEqual(['delete team/app']);
  });

  it('stays under deletionPolicy Retain, without our marks', async () => {
    const secrets = await held({ ...retain, labels: { team: 'web' } });
    expect(await release(secrets, 'witnessed')).toEqual({ kind: 'retained' });
    expect(secrets.data).toEqual({ A: 'one' });
    expect(secrets.stored.get('team/app')?.metadata).toMatchObject({
      labels: { team: 'web' },
      annotations: {},
    });
  });
});

describe('a Secret in a namespace that is no longer admitted', () => {
  it.each([{}, retain])('is deleted at once, whatever its policy says (%o)', async (policy) => {
    expect(await release(await held(policy), 'notAdmitted')).toEqual({ kind: 'deleted' });
  });
});

describe('THREATS 20: a Secret whose target was not seen to go', () => {
  it('stays for the grace period, which is written down', async () => {
    const secrets = await held();
    expect(await release(secrets, 'found')).toEqual({ kind: 'orphaned', untilMs: NOW + DAY, isNew: true });
    expect(secrets.observed?.orphanedSince).toBe('2026-01-02T00:00:00.000Z');
    expect(secrets.data).toEqual({ A: 'one' });
  });

  it('is not noted again by another process, and waits no longer for that', async () => {
    const secrets = await held();
    since(secrets, '2026-01-01T12:00:00.000Z');
    expect(await release(secrets, 'found')).toEqual({
      kind: 'orphaned',
      untilMs: NOW + DAY / 2,
      isNew: false,
    });
    expect(secrets.done).toEqual([]);
  });

  it('goes when the grace period is over, and not a moment before', async () => {
    const secrets = await held();
    since(secrets, '2026-01-01T00:00:00.000Z');
    expect(await release(secrets, 'found', { nowMs: NOW - 1 })).toMatchObject({ kind: 'orphaned' });
    expect(await release(secrets, 'found')).toEqual({ kind: 'deleted' });
  });

  it('is released then, where it is to be retained', async () => {
    const secrets = await held(retain);
    since(secrets, '2026-01-01T00:00:00.000Z');
    expect(await release(secrets, 'found')).toEqual({ kind: 'retained' });
  });

  it.each(['', 'soon', '2026-01-03T00:00:00.000Z'])(
    'starts to wait now when the note says "%s"',
    async (text) => {
      const secrets = await held();
      since(secrets, text);
      expect(await release(secrets, 'found')).toEqual({ kind: 'orphaned', untilMs: NOW + DAY, isNew: true });
    },
  );

  it('waits also when the note cannot be written', async () => {
    const secrets = await held();
    secrets.errors.set('patch', kubeError('conflict'));
    expect(await release(secrets, 'found')).toMatchObject({ kind: 'orphaned' });
    expect(secrets.stored.size).toBe(1);
  });
});

describe('FAULTS 14: only what this installation provably wrote is ever deleted', () => {
  it.each<Leaving>(['witnessed', 'found', 'notAdmitted'])(
    'a Secret whose record cannot be proven stays (%s)',
    async (leaving) => {
      const secrets = await held();
      const secret = secrets.stored.get('team/app') ?? expect.fail();
      for (const observed of [
        observeTarget(secret, OTHER_KEYRING),
        { ...observeTarget(secret, OTHER_KEYRING), proof: 'none' as const, record: undefined },
      ])
        expect(await release(secrets, leaving, { observed })).toEqual({ kind: 'retained' });
      expect(secrets.done).toEqual([]);
    },
  );

  it('a Secret that changed since it was seen stays, and is looked at again', async () => {
    const secrets = await held();
    const { observed } = secrets;
    secrets.edit(() => ({}));
    expect(await release(secrets, 'witnessed', { ...(observed && { observed }) })).toEqual({ kind: 'stale' });
    expect(secrets.stored.size).toBe(1);
  });
});

it.each<[string, Partial<TargetPlan>]>([
  ['delete', {}],
  ['patch', retain],
])('a missing right to %s is told, not thrown', async (call, policy) => {
  const secrets = await held(policy);
  secrets.errors.set(call, kubeError('forbidden'));
  expect(await release(secrets, 'witnessed')).toEqual({ kind: 'denied' });
});
