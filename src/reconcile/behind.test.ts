import { beforeEach, describe, expect, it } from 'vitest';
import { SHARED, under } from '../watch/world-fixture.ts';
import { SmallOperator } from './reconcile-fixture.ts';

const ALL = { namespaces: {}, visibility: 'Private', trusted: true };
const GRANTS = { grants: [{ namespaces: {}, keys: [{ prefix: 'org.' }] }] };
const TOKEN = { name: 'TOKEN', from: { key: 'org.token' }, access: { visibility: 'All' } };
const OVERRIDE = { name: 'TOKEN', from: { key: 'own' } };

let operator: SmallOperator;
const organization = (generation: number, secrets: object[] = [TOKEN]) =>
  operator.world.scope(
    'acme/acme',
    { level: 'Organization', ...SHARED, children: [ALL], secrets },
    { generation },
  );
const repository = (generation: number, secrets: object[] = []) =>
  operator.world.scope(
    'team/web',
    {
      ...under('acme/acme'),
      backendRef: { kind: 'SecretBackend', name: 'vault' },
      targets: [{ secretName: 'app', includeAll: true }],
      secrets,
    },
    { generation },
  );

beforeEach(() => {
  operator = new SmallOperator().source('own', 'mine').source('org.token', 'theirs');
  operator.world.clusterBackend('shared', GRANTS).backend('team/vault');
  organization(1);
  repository(1);
});

const token = () => operator.data('team/app')['TOKEN'];

describe('FAULTS: an API server that shows an older world than the one a Secret was written from', () => {
  it('its older scope does not put the old value back', async () => {
    repository(2, [OVERRIDE]);
    await operator.reconcile('team/web');
    repository(1);
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'retry' });
    expect(token()).toBe('mine');
    repository(2, [OVERRIDE]);
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'done' });
  });

  it('its older organization does not bring back what was withdrawn', async () => {
    await operator.reconcile('team/web');
    organization(2, []);
    await operator.reconcile('team/web');
    expect(token()).toBeUndefined();
    organization(1);
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'retry' });
    expect(token()).toBeUndefined();
  });

  it('a newer world is never waited for, and a level that was made anew begins with its own generations', async () => {
    organization(7);
    await operator.reconcile('team/web');
    operator.world.scope(
      'acme/acme',
      { level: 'Organization', ...SHARED, children: [ALL], secrets: [TOKEN] },
      { generation: 1, uid: 'uid-acme-again' },
    );
    expect(await operator.reconcile('team/web')).toEqual({ kind: 'done' });
    expect(token()).toBe('theirs');
  });
});
