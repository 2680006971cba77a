/** What the operator may do with sealed values and public keys, whatever RBAC lets it, and what nobody else may. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { PUBLIC_KEY_MAPS } from '../../src/seal/public-keys.ts';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  dryRun,
  PROD,
  refusedBy,
} from '../scenarios-support/approval-cluster.ts';
import {
  clusterRole,
  clusterRoleBinding,
  eventually,
  OPERATOR_NAMESPACE,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { REMOVAL, SEALED } from '../scenarios-support/largest-sealed.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

let cluster: ApprovalCluster;
let operator: Person;
/** admin of the namespace, and of the operator's */
let ana: Person;
/** logged in, and nothing else */
let stranger: Person;

beforeAll(async () => {
  cluster = await approvalCluster('sealed-operator');
  [operator, ana, stranger] = await Promise.all([
    cluster.guarded.operator(),
    cluster.person('ana'),
    cluster.person('stranger'),
  ]);
  await cluster.have(
    roleBinding('ana', 'admin', PROD),
    roleBinding('ana', 'admin', OPERATOR_NAMESPACE),
    clusterRole('every-map', [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] }]),
  );
  await eventually(() => dryRun(ana, sealed('probe')));
});
afterAll(() => cluster?.stop());

const sealed = (name: string, spec: object = SEALED): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SealedValue',
  metadata: { name, namespace: PROD },
  spec: { ...spec },
});
const map = (name: string, place = OPERATOR_NAMESPACE): Thing => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: place, labels: { 'secretscope.dev/public-keys': 'true' } },
  data: { uid: '{}' },
});
const KEYS = map(PUBLIC_KEY_MAPS[0] ?? '');
const MAPS = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/configmaps`;
const SECRETS = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets`;

describe('THREATS 14, 15: a SealedValue belongs to whoever made it', () => {
  beforeAll(async () => {
    await ana.create(sealed('kept'));
    await ana.create(sealed('kept-removal', REMOVAL));
    await ana.create(sealed('passing', { ...SEALED, ttlSecondsAfterStored: 0 }));
  });

  it('as it is deployed, the operator reads it and reports on it, and has no right to change one', async () => {
    expect((await operator.call('GET', collectionOf('SealedValue'))).status).toBe(200);
    const told = { status: { state: 'Waiting', usedBy: ['target team-web/web'] } };
    expect((await operator.merge(sealed('kept'), told, '/status')).message).toBe('');
    const attempts = [
      operator.create(sealed('mine')),
      operator.merge(sealed('kept'), { spec: { ttlSecondsAfterStored: 0 } }),
      operator.call('DELETE', collectionOf('SealedValue')),
    ];
    for (const attempt of attempts) expect((await attempt).message).toContain('cannot');
  });

  it('it deletes one that is to go once it is done, and no other', async () => {
    await refusedBy('operator-sealed-values', () => operator.remove(sealed('kept')));
    for (const name of ['kept', 'kept-removal'])
      expect((await operator.remove(sealed(name))).message).toContain(
        `the operator may not delete the SealedValue ${PROD}/${name}, since it has no spec.ttlSecondsAfterStored`,
      );
    expect((await operator.remove(sealed('passing'))).message).toBe('');
  });

  it('with every right of RBAC it still makes and changes none, and cannot arrange to delete one', async () => {
    await cluster.have({
      ...clusterRoleBinding(OPERATOR, 'whole-group'),
      metadata: { name: 'operator-more' },
    });
    await refusedBy('operator-sealed-values', () => dryRun(operator, sealed('mine')));
    expect((await operator.create(sealed('mine'))).message).toContain(
      'the operator may not create SealedValues; whoever writes values does',
    );
    const patches = [{ spec: { ttlSecondsAfterStored: 0 } }, { metadata: { labels: { a: 'b' } } }];
    for (const patch of patches)
      expect((await operator.merge(sealed('kept'), patch)).message).toContain(
        'the operator may not change SealedValues',
      );
    expect((await operator.call('DELETE', collectionOf('SealedValue'))).status).toBe(403);
    expect((await ana.get(sealed('kept'))).status).toBe(200);
  });
});

describe('THREATS 14: public keys are those of the operator', () => {
  beforeAll(async () => {
    for (const name of PUBLIC_KEY_MAPS) expect((await operator.create(map(name))).message).toBe('');
    await refusedBy('operator-public-keys', () => ana.merge(KEYS, { data: { uid: 'mine' } }));
  });

  it('which it changes, with the rights it is shipped with', async () => {
    for (const name of PUBLIC_KEY_MAPS)
      expect((await operator.call('PUT', `${MAPS}/${name}`, map(name))).message).toBe('');
    const guarded = map('secretscope-authority-labels');
    expect((await operator.call('PUT', `${MAPS}/${guarded.metadata.name}`, guarded)).message).toContain(
      'cannot',
    );
  });

  it('GX22: everybody who is logged in gets them, by name', async () => {
    for (const name of PUBLIC_KEY_MAPS) expect((await stranger.get(map(name))).status).toBe(200);
    const account = await cluster.actingAs({
      user: 'system:serviceaccount:ci:deployer',
      groups: ['system:serviceaccounts', 'system:authenticated'],
    });
    expect((await account.get(KEYS)).status).toBe(200);
    const more = [stranger.call('GET', MAPS), stranger.get(map('secretscope-authority-labels'))];
    for (const attempt of more) expect((await attempt).status).toBe(403);
  });

  it('nobody else writes them: not the admin of the namespace, not the administrator', async () => {
    for (const [name, who] of [['ana', ana] as const, ['admin', cluster.admin] as const]) {
      const attempts = [
        who.merge(KEYS, { data: { uid: 'mine' } }),
        who.merge(KEYS, { metadata: { labels: null } }),
        who.apply(KEYS, { force: true }),
        who.remove(KEYS),
        who.call('DELETE', `${MAPS}?labelSelector=secretscope.dev/public-keys`),
        who.create(map('secretscope-public-keys-of-mine')),
      ];
      for (const attempt of attempts) {
        const { status, message } = await attempt;
        expect(status).toBe(403);
        expect(message).toContain(
          `${name} may not write the ConfigMap ${OPERATOR_NAMESPACE}/secretscope-public`,
        );
        expect(message).toContain('only the operator publishes them');
      }
    }
    expect((await stranger.get(KEYS)).body).toMatchObject({ data: { uid: '{}' } });
  });

  it('nor with a name that the API server makes up', async () => {
    const { metadata: _, ...rest } = KEYS;
    const made = { ...rest, metadata: { generateName: 'secretscope-public-keys-' } };
    expect((await ana.call('POST', MAPS, made)).message).toContain('may not write the ConfigMap');
  });

  it('what has their name elsewhere, and other ConfigMaps, are nobody else to judge', async () => {
    for (const thing of [map(KEYS.metadata.name, PROD), map('mine')]) {
      expect((await ana.create(thing)).message).toBe('');
      expect((await ana.merge(thing, { data: { a: 'b' } })).message).toBe('');
      expect((await ana.remove(thing)).message).toBe('');
    }
  });

  it.each([
    'system:serviceaccount:kube-system:namespace-controller',
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:kube-controller-manager',
  ])('%s empties namespaces', async (user) => {
    await cluster.have({
      ...clusterRoleBinding(user, 'every-map'),
      metadata: { name: `machine-${user.split(':').at(-1)}` },
    });
    const machine = await cluster.actingAs({ user });
    await eventually(() => machine.call('DELETE', `${MAPS}/${KEYS.metadata.name}?dryRun=All`));
    expect((await machine.call('DELETE', `${MAPS}?dryRun=All`)).message).toBe('');
  });
});

describe('THREATS 15: the operator writes no other ConfigMap', () => {
  it('it may create one by RBAC, and a policy limits the name', async () => {
    for (const name of [
      'mine',
      'secretscope-public-keys-0.1',
      'secretscope-public-keys-g',
      'secretscope-public-keys-00',
    ])
      expect((await operator.create(map(name))).message).toContain(
        `the operator may not write the ConfigMap ${OPERATOR_NAMESPACE}/${name}, only`,
      );
  });

  it('nor elsewhere, nor the list of guarded labels, with every right to ConfigMaps', async () => {
    const binding = clusterRoleBinding(OPERATOR, 'every-map');
    await cluster.have({ ...binding, metadata: { name: 'operator-maps' } });
    await refusedBy('operator-public-keys', () => operator.create(map(KEYS.metadata.name, PROD)));
    const guarded = map('secretscope-authority-labels');
    for (const attempt of [operator.merge(guarded, { data: { keys: '' } }), operator.remove(guarded)])
      expect((await attempt).message).toContain('the operator may not write the ConfigMap');
    await cluster.admin.remove({ ...binding, metadata: { name: 'operator-maps' } });
  });
});

describe('THREATS 15: the key that public keys come from', () => {
  const OWN = `${SECRETS}?fieldSelector=metadata.name%3Dsecretscope-keys`;

  it('is watched by its name, and by nothing else', async () => {
    // the rights of an earlier test take a moment to go
    await expect
      .poll(async () => (await operator.call('GET', SECRETS)).status, { timeout: 20_000 })
      .toBe(403);
    expect((await operator.call('GET', OWN)).status).toBe(200);
    const other = `${SECRETS}?fieldSelector=metadata.name%3Dother`;
    expect((await operator.call('GET', other)).status).toBe(403);
    const watch = { namespace: OPERATOR_NAMESPACE, resource: 'secrets', verb: 'watch' };
    const mayWatch = async (name?: string) => {
      const review = { spec: { resourceAttributes: { ...watch, ...(name && { name }) } } };
      const { body } = await operator.call(
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        review,
      );
      return (body as { status: { allowed: boolean } }).status.allowed;
    };
    expect([await mayWatch('secretscope-keys'), await mayWatch('other'), await mayWatch()]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
