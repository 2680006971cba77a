/** Which keys a level may read, how many it may use, and what nobody may find out by asking. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { entryOf, Family, sourceThing } from '../scenarios-support/family.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  READER,
  type ScopeStatus,
  scopeThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('access-keys');
  await cluster.team('vault');
}, 90_000);
afterAll(() => cluster?.stop());

const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const shared = (name: string, grants: object[], namespace = 'vault'): Thing => ({
  apiVersion: API_VERSION,
  kind: 'ClusterSecretBackend',
  metadata: { name },
  spec: { kubernetes: { namespace, auth: { serviceAccountRef: { name: READER } } }, grants },
});
const SHARED = (name: string) => ({ kind: 'ClusterSecretBackend', name });

/** A repository without parent that names one key of a shared backend. */
const asking = (name: string, namespace: string, backend: string, key: string): Thing =>
  scopeThing(name, namespace, {
    level: 'Repository',
    backendRef: SHARED(backend),
    secrets: [entryOf('WANTED', key)],
    targets: [{ secretName: name, include: ['WANTED'] }],
  });

/** Everything that a tenant can see of a scope's state, as of now. */
async function settled(namespace: string, name: string, reason?: string): Promise<ScopeStatus> {
  await cluster.untilReady(namespace, name, 'False', reason);
  return cluster.status(namespace, name);
}

/** Has the operator look once more, and waits until it has. */
async function lookedAgain(namespace: string, name: string, at: string): Promise<ScopeStatus> {
  const annotations = { 'reconcile.secretscope.dev/requestedAt': at };
  await cluster.platform.merge(scopeThing(name, namespace, {}), { metadata: { annotations } });
  return until(async () => {
    const { lastHandledReconcileAt, ...status } = await cluster.status(namespace, name);
    expect(lastHandledReconcileAt).toBe(at);
    return status;
  });
}

describe('THREATS 1: a shared backend gives what it grants, by whole segments, to whom it grants it', () => {
  it('a namespace reads its own keys and nobody else’s', async () => {
    await cluster.team('team-a');
    await cluster.team('team-ab');
    for (const key of ['teams.team-a.db', 'teams.team-ab.db']) await source(key);
    const everybody = [{ namespaces: {}, keys: [{ prefix: 'teams.{namespace}.' }] }];
    await cluster.have(
      shared('teams', everybody),
      asking('own', 'team-a', 'teams', 'teams.team-a.db'),
      asking('other', 'team-a', 'teams', 'teams.team-ab.db'),
    );
    await cluster.untilData('team-a', 'own', { WANTED: 'teams.team-a.db' });
    const { message } = await cluster.untilReady('team-a', 'other', 'False', 'KeyNotGranted');
    expect(message).toMatch(
      /WANTED: .* teams does not grant key teams\.team-ab\.db to namespace team-a; ask/,
    );
    expect(await cluster.secret('team-a', 'other')).toBeUndefined();
  });

  it('THREATS 25: a key that is not granted looks the same whether or not it exists', async () => {
    await cluster.team('curious');
    await cluster.have(shared('some', [{ namespaces: named('curious'), keys: [{ key: 'another' }] }]));
    await cluster.have(asking('probe', 'curious', 'some', 'is-there'));
    const before = await settled('curious', 'probe', 'KeyNotGranted');
    await source('is-there');
    expect(await lookedAgain('curious', 'probe', '1')).toEqual(before);
  });

  it('THREATS 25: a shared backend that does not exist looks like one that grants nothing', async () => {
    await cluster.team('prying');
    await cluster.have(asking('probe', 'prying', 'later', 'any'));
    const before = await settled('prying', 'probe', 'KeyNotGranted');
    await cluster.have(shared('later', []));
    expect(await lookedAgain('prying', 'probe', '1')).toEqual(before);
  });

  it('THREATS 5: a reserved key is read by nobody while there is no gate', async () => {
    await cluster.team('reserved');
    await source('prod-db');
    const protectedBy = { namespace: 'reserved', name: 'prod' };
    const grant = { namespaces: named('reserved'), keys: [{ key: 'prod-db' }] };
    await cluster.have(shared('prod', [grant, { ...grant, protectedBy }]));
    const parent = scopeThing('web', 'reserved', { level: 'Repository' });
    const { metadata, spec } = asking('prod', 'reserved', 'prod', 'prod-db');
    const environment = { ...(spec as object), level: 'Environment', parentRef: { name: 'web' } };
    await cluster.have(
      parent,
      asking('aside', 'reserved', 'prod', 'prod-db'),
      scopeThing(metadata.name, 'reserved', environment),
    );
    for (const name of ['aside', 'prod']) {
      const { message } = await cluster.untilReady('reserved', name, 'False', 'KeyProtected');
      expect(message).toContain('delivered only through the environment reserved/prod');
      expect(await cluster.secret('reserved', name)).toBeUndefined();
    }
  });

  it.each([OPERATOR_NAMESPACE, 'kube-system'])('THREATS 2: nothing is read in %s', async (namespace) => {
    await cluster.team(`reads-${namespace}`);
    await cluster.have(
      shared(`in-${namespace}`, [{ namespaces: {}, keys: [{ key: 'secretscope-keys' }] }], namespace),
      asking('web', `reads-${namespace}`, `in-${namespace}`, 'secretscope-keys'),
    );
    await cluster.untilReady(`reads-${namespace}`, 'web', 'False', 'SourceRefused');
    expect(await cluster.secret(`reads-${namespace}`, 'web')).toBeUndefined();
  });

  const source = (key: string) => cluster.have(sourceThing('vault', key, { value: key }));
});

describe('how many secrets of an organization a repository may use', () => {
  const names = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, i) => `${prefix}_${String(i).padStart(3, '0')}`);

  it('the first hundred by name, and the rest are counted', async () => {
    const family = await Family.settle(cluster, 'many', () => ({
      secrets: names(101, 'N').map((name) => entryOf(name, 'shared', 'token')),
    }));
    await family.have('app', { targets: [{ secretName: 'app', include: ['N_099', 'N_100', 'OTHER'] }] });
    const { message } = await family.untilReady('app', 'False', 'LimitExceeded');
    expect(message).toMatch(
      /N_100 is not among the first 100 secrets by name .*ask its owner to grant fewer/,
    );
    await family.untilData('app', { N_099: 'org-token', OTHER: 'other-1' });
    expect((await cluster.status(family.team, 'app')).counts).toMatchObject({ excluded: 1, resolved: 101 });
  });

  it('THREATS 17: what is discovered never displaces what was written down', async () => {
    const access = { visibility: 'All' };
    const family = await Family.settle(cluster, 'flooded', async ({ org }) => {
      for (const name of names(3, 'aaa'))
        await cluster.have(sourceThing(org, `found.${name.replace('_', '-')}`, { v: 'x' }));
      return {
        secrets: names(99, 'N').map((name) => entryOf(name, 'shared', 'token')),
        discover: [{ prefix: 'found.', access }],
      };
    });
    await family.have('app');
    await until(async () => {
      const keys = Object.keys((await family.data('app')) ?? {});
      expect(keys).toEqual(expect.arrayContaining(['N_000', 'N_098', 'FOUND_AAA_000', 'OTHER']));
      expect(keys).toHaveLength(101);
    });
    await until(async () => {
      const { counts } = await cluster.status(family.team, 'app');
      expect(counts).toMatchObject({ excluded: 2, delivered: 101 });
    });
  });

  it('a locked entry that is not granted locks nothing', async () => {
    const family = await Family.settle(cluster, 'locks', () => ({
      secrets: [{ ...entryOf('OTHER', 'shared', 'token', { locked: true }), access: { repositories: [] } }],
    }));
    await family.have('app');
    await family.untilData('app', { OTHER: 'other-1' });
    await family.organize({ secrets: [entryOf('OTHER', 'shared', 'token', { locked: true })] });
    await family.untilData('app', { OTHER: 'org-token' });
    // told after the Secret is written
    const told = { status: 'True', reason: 'LockedAbove' };
    await cluster.untilCondition(family.team, 'app', 'Overruled', told);
  });
});

describe('THREATS 25, API-REVIEW 12: a parent that does not exist and one that refuses read the same', () => {
  const ghost = { namespace: 'ghost-org', name: 'acme' };
  const child = (name: string, target: object): Thing =>
    scopeThing(name, 'haunted', {
      level: name === 'below' ? 'Environment' : 'Repository',
      parentRef: name === 'below' ? { name: 'all' } : ghost,
      backendRef: LOCAL,
      secrets: [entryOf('OWN', 'own'), ...(name === 'all' ? [] : [entryOf('BROKEN', 'nowhere')])],
      targets: [{ secretName: name, ...target }],
    });
  // AAA and TOKEN could only come from above
  const forms: Record<string, object> = {
    all: { includeAll: true },
    named: { include: ['OWN', 'TOKEN'] },
    none: { include: ['TOKEN'] },
    empty: { include: ['OWN', 'TOKEN'], onMissing: 'Empty' },
    broken: { include: ['AAA', 'BROKEN'] },
    atomic: { include: ['AAA', 'BROKEN'], atomic: true },
    template: { include: ['BROKEN'], template: { x: '${AAA} ${OWN}', y: '${OWN}' } },
    tls: { type: 'kubernetes.io/tls', include: ['AAA', 'OWN'], keys: { AAA: 'tls.crt', OWN: 'tls.key' } },
    below: { include: ['AAA', 'BROKEN', 'OWN'] },
  };
  const parents: Record<string, object> = {
    'refuses it': { level: 'Organization', backendRef: LOCAL, secrets: [entryOf('TOKEN', 'shared')] },
    'is no Organization': { level: 'Repository', children: [{ namespaces: {}, trusted: true }] },
    'asks for another namespace': {
      level: 'Organization',
      children: [{ namespaces: named('a'), trusted: true }],
    },
  };

  /** All that a tenant can see: states, and whether a Secret was made or touched. */
  async function told(at: string): Promise<unknown[]> {
    const seen: unknown[] = [];
    for (const name of Object.keys(forms)) {
      const status = await lookedAgain('haunted', name, at);
      seen.push(name, status, (await cluster.secret('haunted', name))?.resourceVersion);
    }
    return seen;
  }

  it.each(Object.keys(parents))('if the parent %s', async (because) => {
    await cluster.team('haunted');
    await cluster.team('ghost-org');
    await cluster.have(
      sourceThing('haunted', 'own', { v: 'own' }),
      sourceThing('ghost-org', 'shared', { v: 's' }),
    );
    for (const [name, target] of Object.entries(forms)) await cluster.have(child(name, target));
    for (const name of Object.keys(forms)) await settled('haunted', name);
    const without = await told(`before ${because}`);
    await cluster.have(scopeThing('acme', 'ghost-org', parents[because] ?? {}));
    await cluster.untilReady('ghost-org', 'acme', 'True');
    expect(await told(because)).toEqual(without);
    expect((await cluster.secret('haunted', 'all'))?.data).toEqual({ OWN: 'own' });
    expect(await cluster.secret('haunted', 'none')).toBeUndefined();
    await cluster.gone(scopeThing('acme', 'ghost-org', {}));
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
