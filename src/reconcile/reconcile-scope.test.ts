import { beforeEach, describe, expect, it } from 'vitest';
import { kubeError } from '../materialize/secrets-fixture.ts';
import { SHARED, under } from '../watch/world-fixture.ts';
import { SmallOperator } from './reconcile-fixture.ts';

const ALL = { namespaces: {}, visibility: 'Private', trusted: true };
const GRANTS = { grants: [{ namespaces: {}, keys: [{ prefix: 'org.' }] }] };
const entry = (name: string, key: string, more = {}) => ({ name, from: { key }, ...more });
const APP = { secretName: 'app', includeAll: true };

let operator: SmallOperator;
const organization = (secrets: object[], more = {}) =>
  operator.world.scope(
    'acme/acme',
    { level: 'Organization', ...SHARED, children: [ALL], secrets, ...more },
    { generation: 2 },
  );
const repository = (spec: object = {}, metadata = {}) =>
  operator.world.scope(
    'team/web',
    {
      ...under('acme/acme'),
      backendRef: { kind: 'SecretBackend', name: 'vault' },
      targets: [APP],
      secrets: [entry('OWN', 'own')],
      ...spec,
    },
    metadata,
  );
const open = { access: { visibility: 'All' } };

beforeEach(() => {
  operator = new SmallOperator().source('own', 'mine').source('org.token', 'theirs');
  operator.world.clusterBackend('shared', GRANTS).backend('team/vault');
  organization([entry('TOKEN', 'org.token', open)]);
  repository();
});

const settled = async () => {
  await operator.reconcile('team/web');
  await operator.reconcile('team/web');
};

describe('a scope with a target', () => {
  it('gets a Secret from its own level and the levels above, and a status that says so', async () => {
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'done' });
    expect(operator.data('team/app')).toEqual({ OWN: 'mine', TOKEN: 'theirs' });
    expect(operator.ready('team/web')).toBe('True Materialized');
    expect(operator.status('team/web')).toMatchObject({
      supplied: [
        { level: 'Organization', scope: 'acme/acme', names: ['TOKEN@v-theirs'] },
        { level: 'Repository', scope: 'team/web', names: ['OWN@v-mine'] },
      ],
      counts: { entries: 1, resolved: 2, delivered: 2 },
      targets: [{ secretName: 'app', state: 'Materialized', keys: 2 }],
    });
    expect(operator.told).toEqual(['Materialized']);
  });

  it('FAULTS: costs no read, no write and no event once it is settled', async () => {
    await settled();
    await operator.reconcile('team/web');
    expect([operator.secrets.done, operator.events, operator.sources.asked]).toEqual([
      [],
      [],
      ['versions OWN TOKEN'],
    ]);
  });

  it('is woken by what it reads, writes and lists', async () => {
    repository({ discover: [{ prefix: 'more.' }] });
    operator.sources.listings.set('more.', { kind: 'listed', keys: [], truncated: false });
    await operator.reconcile('team/web');
    expect(operator.interests.of('source uid-shared org.token')).toEqual(['team/web']);
    expect(operator.interests.of('source uid-team/vault own')).toEqual(['team/web']);
    expect(operator.interests.of('target team/app')).toEqual(['team/web']);
    expect(operator.interests.of('listing uid-team/vault')).toEqual(['team/web']);
  });

  it('counts the scopes below: those it admits, and those it does not', async () => {
    organization([], {
      children: [{ ...ALL, namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'team' } } }],
    });
    operator.world.scope('other/x', under('acme/acme'));
    await operator.reconcile('acme/acme');
    expect(operator.status('acme/acme').counts).toMatchObject({ children: 1, refusedChildren: 1 });
  });
});

describe('THREATS 10: withdrawal never waits', () => {
  beforeEach(settled);

  it.each<[string, () => void]>([
    [
      'its access is withdrawn',
      () => organization([entry('TOKEN', 'org.token', { access: { visibility: 'Selected' } })]),
    ],
    ['its entry is removed', () => organization([])],
    ['its key is no longer granted', () => operator.world.clusterBackend('shared')],
    [
      'its namespace is no longer admitted',
      () => organization([entry('TOKEN', 'org.token', open)], { children: [] }),
    ],
    [
      'the scope is suspended too',
      () => {
        organization([]);
        repository({ suspend: true });
      },
    ],
    [
      'the scope asks for what is not built too',
      () => {
        organization([]);
        repository({
          targets: [
            {
              ...APP,
              restart: {
                workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment' as const, name: 'a' }],
              },
            },
          ],
        });
      },
    ],
    [
      'another entry takes the name, and cannot be read',
      () => {
        organization([]);
        repository({ secrets: [entry('OWN', 'own'), entry('TOKEN', 'own2')] });
      },
    ],
  ])('when %s, the key goes before any provider is asked', async (_case, change) => {
    change();
    operator.sources.hangs = true;
    void operator.reconcile('team/web');
    await new Promise((done) => setTimeout(done, 5));
    expect(operator.data('team/app')).toEqual({ OWN: 'mine' });
    expect(operator.told[0]).toBe('Withdrawn');
    expect(operator.events[0]?.note).toContain('TOKEN withdrawn');
  });

  it('a trouble with one Secret does not hold up the others', async () => {
    const everywhere = { ...APP, namespaces: {} };
    operator.world.namespace('ci').namespace('qa');
    repository({ targets: [everywhere], consumers: [{ namespaces: {} }] });
    organization([entry('TOKEN', 'org.token', open)], { consumers: [{ namespaces: {} }] });
    await settled();
    expect(operator.data('qa/app')).toHaveProperty('TOKEN');
    operator.secrets.errors.set('patch ci/app', kubeError('server'));
    organization([]);
    await operator.reconcile('team/web');
    expect([operator.data('qa/app'), operator.data('team/app')]).toEqual([{ OWN: 'mine' }, { OWN: 'mine' }]);
    expect(operator.ready('team/web')).toBe('False TargetRefused');
  });

  it('but a trouble with the API server as a whole is no finding: everything is tried again', async () => {
    organization([]);
    operator.secrets.errors.set('patch', kubeError('network'));
    await expect(operator.reconcile('team/web')).rejects.toMatchObject({ kind: 'network' });
  });
});

describe('THREATS 19: what is not known takes nothing away', () => {
  beforeEach(settled);

  it('a parent that is missing leaves what it supplied', async () => {
    operator.world.scopes.delete('acme/acme');
    await operator.reconcile('team/web');
    expect(operator.data('team/app')).toEqual({ OWN: 'mine', TOKEN: 'theirs' });
    expect(operator.ready('team/web')).toBe('False NotAvailable');
    expect(operator.secrets.done).toEqual([]);
  });

  it('one that comes back under another UID replaces values, and takes none away first', async () => {
    operator.world.scope(
      'acme/acme',
      { level: 'Organization', ...SHARED, children: [ALL], secrets: [entry('TOKEN', 'org.token', open)] },
      { uid: 'uid-restored' },
    );
    await operator.reconcile('team/web');
    expect(operator.data('team/app')).toEqual({ OWN: 'mine', TOKEN: 'theirs' });
    expect(operator.told).not.toContain('Withdrawn');
  });

  it('a listing that has not come yet leaves what was discovered', async () => {
    repository({ discover: [{ prefix: 'more.' }] });
    operator
      .source('more.extra', 'x')
      .sources.listings.set('more.', { kind: 'listed', keys: ['more.extra'], truncated: false });
    await operator.reconcile('team/web');
    expect(operator.data('team/app')).toHaveProperty('MORE_EXTRA', 'x');
    operator.sources.listings.clear();
    await operator.reconcile('team/web');
    expect(operator.data('team/app')).toHaveProperty('MORE_EXTRA', 'x');
  });

  it('a spec that cannot be read leaves everything', async () => {
    operator.world.scope('team/web', { level: 'Nonsense' });
    await operator.reconcile('team/web');
    expect([operator.ready('team/web'), operator.secrets.done]).toEqual(['False SpecInvalid', []]);
  });
});

describe('somebody wrote in between', () => {
  it('so it is planned again, without a word in the status', async () => {
    await settled();
    const before = operator.status('team/web');
    operator.source('own', 'new');
    operator.secrets.errors.set('patch', kubeError('conflict'));
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'retry' });
    expect(operator.status('team/web')).toBe(before);
    operator.secrets.errors.clear();
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'done' });
  });
});

describe('a status that another write overtook', () => {
  it('is found out and written again, instead of staying as it was', async () => {
    operator.statusError = kubeError('conflict');
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'retry' });
    operator.statusError = undefined;
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'done' });
    expect(operator.ready('team/web')).toBe('True Materialized');
  });
});

describe('when to look again', () => {
  it.each<[string, () => void, object]>([
    [
      'with a growing pause when it mends itself',
      () => {
        operator.sources.failing = { kind: 'failed', reason: 'BackendUnavailable', message: 'x' };
      },
      { kind: 'retry' },
    ],
    [
      'now and then when somebody has to act elsewhere',
      () => operator.sources.held.delete('own'),
      { kind: 'requeueAfter', ms: 30_000 },
    ],
    [
      'not at all when the spec has to change',
      () => repository({ secrets: [entry('OWN', '%')] }),
      { kind: 'done' },
    ],
  ])('%s', async (_case, spoil, result) => {
    spoil();
    expect(await operator.reconcile('team/web')).toEqual(result);
  });
});
