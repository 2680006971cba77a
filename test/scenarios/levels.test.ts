import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';

describe('levels on a real control plane', () => {
  let cluster: OperatedCluster;

  beforeAll(async () => {
    cluster = await operatedCluster('levels');
    await cluster.team('acme-org', { org: 'acme' });
    await cluster.team('team-web', { org: 'acme' });
    await cluster.team('team-web-prod', { org: 'acme' });
    await cluster.have(
      secretThing('acme-org', 'shared', { npm: 'npm-of-acme', ca: 'ca-of-acme' }),
      secretThing('team-web', 'db', { url: 'repository-url' }),
      secretThing('team-web-prod', 'db', { url: 'environment-url', ca: 'own-ca' }),
      scopeThing('acme', 'acme-org', {
        level: 'Organization',
        backendRef: LOCAL,
        children: [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }],
        secrets: [
          { name: 'NPM_TOKEN', from: { key: 'shared', property: 'npm' } },
          { name: 'ROOT_CA', from: { key: 'shared', property: 'ca' }, locked: true },
        ],
      }),
      scopeThing('web', 'team-web', {
        level: 'Repository',
        parentRef: { namespace: 'acme-org', name: 'acme' },
        backendRef: LOCAL,
        children: [
          {
            namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'team-web-prod' } },
            visibility: 'Private',
            trusted: true,
          },
        ],
        secrets: [{ name: 'DATABASE_URL', from: { key: 'db', property: 'url' } }],
        targets: [{ secretName: 'web', includeAll: true }],
      }),
      scopeThing('prod', 'team-web-prod', {
        level: 'Environment',
        parentRef: { namespace: 'team-web', name: 'web' },
        backendRef: LOCAL,
        secrets: [
          { name: 'DATABASE_URL', from: { key: 'db', property: 'url' } },
          { name: 'ROOT_CA', from: { key: 'db', property: 'ca' } },
        ],
        targets: [{ secretName: 'web', includeAll: true }],
      }),
    );
  }, 60_000);

  afterAll(() => cluster?.stop());

  it('G16: the environment wins over the repository, a locked organization entry over both', async () => {
    await cluster.untilData('team-web', 'web', {
      DATABASE_URL: 'repository-url',
      NPM_TOKEN: 'npm-of-acme',
      ROOT_CA: 'ca-of-acme',
    });
    await cluster.untilData('team-web-prod', 'web', {
      DATABASE_URL: 'environment-url',
      NPM_TOKEN: 'npm-of-acme',
      ROOT_CA: 'ca-of-acme',
    });
  });

  it('says in status which level supplied each name', async () => {
    await cluster.untilReady('team-web-prod', 'prod', 'True', 'Materialized');
    const { supplied = [], shadowed = [] } = await cluster.status('team-web-prod', 'prod');
    expect(
      supplied.map(({ level, scope, names }) => [level, scope, names.map((name) => name.split('@')[0])]),
    ).toEqual([
      ['Organization', 'acme-org/acme', ['NPM_TOKEN', 'ROOT_CA']],
      ['Environment', 'team-web-prod/prod', ['DATABASE_URL']],
    ]);
    expect(shadowed).toHaveLength(2);
  });

  it('G7: a value that changes at its source reaches every Secret within two seconds', async () => {
    await cluster.have(secretThing('acme-org', 'shared', { npm: 'rotated', ca: 'ca-of-acme' }));
    await cluster.untilData(
      'team-web',
      'web',
      { DATABASE_URL: 'repository-url', NPM_TOKEN: 'rotated', ROOT_CA: 'ca-of-acme' },
      2_000,
    );
    await cluster.untilData(
      'team-web-prod',
      'web',
      { DATABASE_URL: 'environment-url', NPM_TOKEN: 'rotated', ROOT_CA: 'ca-of-acme' },
      2_000,
    );
  });

  it('nothing of all this was done by system:masters', async () => {
    expect(await cluster.requestsByMasters()).toEqual([]);
  });
});
