import { beforeEach, describe, expect, it } from 'vitest';
import { kubeError } from '../materialize/secrets-fixture.ts';
import { SmallOperator } from './reconcile-fixture.ts';

const APP = { secretName: 'app', includeAll: true };
const DAY = 86_400_000;

let operator: SmallOperator;
const scope = (targets: object[], more = {}, generation = 1) =>
  operator.world.scope(
    'team/web',
    {
      backendRef: { kind: 'SecretBackend', name: 'vault' },
      secrets: [{ name: 'OWN', from: { key: 'own' } }],
      targets,
      ...more,
    },
    { generation },
  );

beforeEach(async () => {
  operator = new SmallOperator().source('own', 'mine');
  operator.world.backend('team/vault');
  scope([APP]);
  await operator.reconcile('team/web');
});

/** The scope as the watch tells it, which is what the operator has seen. */
const seenToGo = (change: () => void) => {
  const before = operator.world.scopes.get('team/web');
  change();
  operator.witness.watched(before, operator.world.scopes.get('team/web'));
};
const gone = () => void operator.world.scopes.delete('team/web');
const noTargets = () => void scope([], {}, 2);
const exists = () => operator.secrets.stored.has('team/app');

describe('a Secret whose target was seen to go', () => {
  it.each<[string, () => void]>([
    ['with its scope', gone],
    ['out of the spec', noTargets],
  ])('%s, goes', async (_case, change) => {
    seenToGo(change);
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'done' });
    expect([exists(), operator.told]).toEqual([false, ['Deleted']]);
  });

  it('goes also while the scope asks for what is not built', async () => {
    seenToGo(() => void scope([], { level: 'Environment', parentRef: { name: 'x' }, protection: {} }, 2));
    await operator.reconcile('team/web');
    expect(exists()).toBe(false);
  });

  it.each<[string, () => void, Parameters<SmallOperator['live']['set']>]>([
    ['the scope is there after all', gone, ['team/web', { uid: 'uid-team/web' }]],
    ['the spec is another one by now', noTargets, ['team/web', { uid: 'uid-team/web', generation: 3 }]],
    [
      'the kind is being uninstalled',
      gone,
      ['secretscopes.secretscope.dev', { uid: 'x', deletionTimestamp: 'now' }],
    ],
    ['the kind is uninstalled', gone, ['secretscopes.secretscope.dev', undefined]],
    ['its namespace is being deleted', gone, ['team', { uid: 'x', deletionTimestamp: 'now' }]],
  ])('THREATS 20: stays when %s: the live read counts', async (_case, change, [key, object]) => {
    seenToGo(change);
    operator.live.set(key, object);
    expect(await operator.reconcile('team/web')).toMatchObject({ kind: 'requeueAfter' });
    expect(exists()).toBe(true);
  });

  it('whose deletion is refused is told: it should be gone', async () => {
    seenToGo(noTargets);
    operator.secrets.errors.set('delete', kubeError('forbidden'));
    await operator.reconcile('team/web');
    expect(operator.ready('team/web')).toBe('False WithdrawalPending');
  });
});

describe('a Secret whose target is missing and was not seen to go', () => {
  it('waits for the grace period, and is told once', async () => {
    gone();
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'requeueAfter', ms: DAY });
    expect([exists(), operator.told]).toEqual([true, ['Orphaned']]);
    operator.clock.jumpWall(DAY / 2);
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'requeueAfter', ms: DAY / 2 });
    expect(operator.told).toEqual([]);
  });

  it('goes when it is over', async () => {
    gone();
    await operator.reconcile('team/web');
    operator.clock.jumpWall(DAY);
    await operator.reconcile('team/web');
    expect([exists(), operator.told]).toEqual([false, ['Deleted']]);
  });

  it('is taken up again by a scope that comes back, under whatever UID', async () => {
    gone();
    await operator.reconcile('team/web');
    operator.world.scope(
      'team/web',
      {
        backendRef: { kind: 'SecretBackend', name: 'vault' },
        secrets: [{ name: 'OWN', from: { key: 'own' } }],
        targets: [APP],
      },
      { uid: 'uid-restored' },
    );
    await operator.reconcile('team/web');
    expect(operator.secrets.observed).toMatchObject({
      orphanedSince: undefined,
      record: { holder: { uid: 'uid-restored' } },
    });
    operator.clock.jumpWall(2 * DAY);
    await operator.reconcile('team/web');
    expect(operator.data('team/app')).toEqual({ OWN: 'mine' });
  });
});

describe('a Secret in a namespace that was fanned out to', () => {
  const fan = (selector: object, consumers: object, generation = 1) =>
    scope([{ ...APP, namespaces: selector }], { consumers: [{ namespaces: consumers }] }, generation);
  const ci = { matchLabels: { ci: 'yes' } };
  beforeEach(async () => {
    operator.world.namespace('ci', { ci: 'yes' });
    fan(ci, ci);
    await operator.reconcile('team/web');
    expect(operator.data('ci/app')).toEqual({ OWN: 'mine' });
  });

  it.each<[string, () => void]>([
    ['its labels change', () => operator.world.namespace('ci')],
    ['it is no longer selected', () => fan({ matchLabels: { ci: 'no' } }, ci, 2)],
    ['it is no longer admitted', () => fan(ci, { matchLabels: { ci: 'no' } }, 2)],
  ])('goes at once when %s', async (_case, change) => {
    change();
    await operator.reconcile('team/web');
    expect([...operator.secrets.stored.keys()]).toEqual(['team/app']);
  });

  it.each<[string, () => void]>([
    ['it is not enrolled for now', () => operator.enrolments.set('ci', 'notEnrolled')],
    ['its Namespace has not been seen yet', () => operator.world.namespaces.delete('ci')],
  ])('stays when %s: that says nothing of what is wanted', async (_case, change) => {
    change();
    await operator.reconcile('team/web');
    expect(operator.secrets.stored.has('ci/app')).toBe(true);
  });
});
