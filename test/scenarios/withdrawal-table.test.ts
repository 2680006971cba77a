/** What leaves a Secret when something is taken away, and how fast: the second row of the table of causes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { entryOf, Family } from '../scenarios-support/family.ts';
import { clusterRole, clusterRoleBinding, eventually } from '../scenarios-support/guarded-cluster.ts';
import {
  type OperatedCluster,
  operatedCluster,
  READER,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';

let cluster: OperatedCluster;
/** may label namespaces, and nothing else */
let lena: Person;

const TOKEN = entryOf('TOKEN', 'shared', 'token');
// workloads of this kind of API cannot be restarted
const ELSEWHERE = {
  workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment', name: 'web' }],
};
const labelled = (family: Family, labels: object): Promise<void> =>
  eventually(() =>
    lena.merge(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: family.team } },
      { metadata: { labels } },
    ),
  );

const sharedBackend = (family: Family, grants: object[]): Thing => ({
  apiVersion: API_VERSION,
  kind: 'ClusterSecretBackend',
  metadata: { name: family.org },
  spec: { kubernetes: { namespace: family.org, auth: { serviceAccountRef: { name: READER } } }, grants },
});

/** Something that takes TOKEN away from the repositories of a family. */
interface Loss {
  readonly because: string;
  /** makes the spec of the organization before */
  readonly before?: (family: Family) => object | Promise<object>;
  readonly loses: (family: Family) => Promise<unknown>;
  /** what a scope says that names TOKEN; NotAvailable if absent */
  readonly reason?: string;
  /** the parent is gone for the whole scope, so that it is not ready whatever its targets name */
  readonly whole?: true;
}

const losses: Loss[] = [
  { because: 'its entry was removed', loses: (family) => family.organize({ secrets: [] }) },
  {
    because: 'access was withdrawn from the repositories by name',
    before: (family) => selected(family.team, VARIANTS),
    loses: (family) => family.organize(selected(family.team, ['somebody-else'])),
  },
  {
    because: 'the namespace lost the label that access selects by',
    before: async (family) => {
      await labelled(family, { 'secretscope.dev/pays': 'yes' });
      const access = { namespaces: { matchLabels: { 'secretscope.dev/pays': 'yes' } } };
      return { secrets: [{ ...TOKEN, access }] };
    },
    loses: (family) => labelled(family, { 'secretscope.dev/pays': null }),
  },
  {
    because: 'the key is no longer granted to the organization',
    before: async (family) => {
      const grant = { namespaces: family.trusted.namespaces, keys: [{ key: 'shared' }] };
      await cluster.have(sharedBackend(family, [grant]));
      return { backendRef: { kind: 'ClusterSecretBackend', name: family.org } };
    },
    loses: (family) => cluster.have(sharedBackend(family, [])),
  },
  {
    because: 'the namespace lost the label by which the organization admits it',
    loses: (family) => labelled(family, { org: 'another' }),
    whole: true,
  },
  {
    because: 'the organization no longer trusts the namespace',
    loses: (family) => family.organize({ children: [{ ...family.trusted, trusted: false }] }),
  },
  {
    because: 'it is over the first hundred by name',
    loses: (family) =>
      family.organize({
        secrets: [TOKEN, ...Array.from({ length: 100 }, (_, i) => entryOf(`A_${i}`, 'shared', 'spare'))],
      }),
    reason: 'LimitExceeded',
  },
];

function selected(namespace: string, names: readonly string[]): object {
  const repositories = names.map((name) => ({ namespace, name }));
  return { secrets: [{ ...TOKEN, access: { visibility: 'Selected', repositories } }] };
}

const NOWHERE = entryOf('NOWHERE', 'nowhere');
const OTHER = entryOf('OTHER', 'other');
const VARIANTS = ['named', 'all', 'suspended'];

/** What a repository can do to itself after it was given TOKEN, so that nothing new can be delivered to it. */
const troubles: Record<string, { readonly change: object; readonly reason: string }> = {
  failing: {
    change: {
      secrets: [OTHER, NOWHERE],
      targets: [{ secretName: 'failing', include: ['TOKEN', 'NOWHERE', 'OTHER'] }],
    },
    reason: 'SecretMissing',
  },
  atomic: {
    change: {
      secrets: [OTHER, NOWHERE, entryOf('NEW', 'own')],
      targets: [{ secretName: 'atomic', includeAll: true, atomic: true }],
    },
    reason: 'SecretMissing',
  },
  contradicting: {
    change: { targets: [{ secretName: 'contradicting', includeAll: true, template: { x: '${BROKEN' } }] },
    reason: 'TemplateInvalid',
  },
  colliding: {
    change: { targets: [{ secretName: 'colliding', include: ['TOKEN', 'OTHER'], keys: { OTHER: 'TOKEN' } }] },
    reason: 'KeyCollision',
  },
  refused: {
    change: { targets: [{ secretName: 'refused', includeAll: true, restart: ELSEWHERE }] },
    reason: 'UnsupportedByThisVersion',
  },
  shadowing: { change: { secrets: [OTHER, entryOf('TOKEN', 'nowhere')] }, reason: 'SecretMissing' },
  immutable: { change: { secrets: [OTHER, NOWHERE] }, reason: 'SecretMissing' },
};

describe('what authority takes away leaves within seconds', () => {
  beforeAll(async () => {
    cluster = await operatedCluster('withdrawal-table');
    lena = await cluster.guarded.person('lena');
    const namespaces = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'patch'] }];
    await cluster.have(
      clusterRole('namespaces', namespaces),
      clusterRoleBinding('lena', 'namespaces'),
      clusterRoleBinding('lena', 'secretscope-namespace-labeler'),
    );
  }, 90_000);

  afterAll(() => cluster?.stop());

  it.each(losses.map((loss, index) => ({ ...loss, index })))(
    'THREATS 10, API-REVIEW 7: when $because',
    async ({ index, before, loses, reason = 'NotAvailable', whole }) => {
      const family = await Family.settle(cluster, `loss-${index}`, before);
      await family.have('named', { targets: [{ secretName: 'named', include: ['TOKEN', 'OTHER'] }] });
      await family.have('all');
      await family.have('suspended');
      for (const name of VARIANTS) await family.untilKeys(name, { TOKEN: 'org-token', OTHER: 'other-1' });
      await family.have('suspended', { suspend: true });
      await loses(family);
      for (const name of VARIANTS) await family.untilKeys(name, { TOKEN: undefined, OTHER: 'other-1' });
      const ready = await family.untilReady('named', 'False', reason);
      expect(ready.message).toMatch(whole ? /parentRef .* does not admit namespace/ : /TOKEN/);
      if (whole) await family.untilReady('all', 'False', 'NotAvailable');
      else await family.untilReady('all', 'True', 'Materialized');
      // the other keys go on
      await family.store(family.team, 'other', { other: 'other-2' });
      for (const name of ['named', 'all'])
        await family.untilKeys(name, { TOKEN: undefined, OTHER: 'other-2' });
      expect(await family.data('suspended')).toMatchObject({ OTHER: 'other-1' });
    },
  );

  it('THREATS 10: no trouble of its own lets a scope keep what was taken away', async () => {
    const family = await Family.settle(cluster, 'trouble', () => selected('trouble', Object.keys(troubles)));
    const before = { TOKEN: 'org-token', OTHER: 'other-1' };
    for (const name of Object.keys(troubles)) await family.have(name);
    for (const name of Object.keys(troubles)) await family.untilKeys(name, before);
    for (const [name, { change }] of Object.entries(troubles)) await family.have(name, change);
    for (const [name, { reason }] of Object.entries(troubles)) await family.untilReady(name, 'False', reason);
    await cluster.have({ ...secretThing(family.team, 'immutable'), immutable: true });
    for (const name of Object.keys(troubles)) expect(await family.data(name), name).toMatchObject(before);
    await family.organize(selected(family.team, []));
    for (const name of Object.keys(troubles))
      await family.untilKeys(name, { TOKEN: undefined, OTHER: 'other-1' });
  });

  it('G51: where a missing name counts as empty, one that is taken away becomes empty', async () => {
    const family = await Family.settle(cluster, 'emptied');
    const targets = [{ secretName: 'app', include: ['TOKEN', 'OTHER'], onMissing: 'Empty' }];
    await family.have('app', { targets });
    await family.untilData('app', { TOKEN: 'org-token', OTHER: 'other-1' });
    await family.organize({ secrets: [] });
    await family.untilData('app', { TOKEN: '', OTHER: 'other-1' });
    await family.untilReady('app', 'True');
  });

  it('nothing of all this was done by system:masters', async () => {
    expect(await cluster.requestsByMasters()).toEqual([]);
  });
});
