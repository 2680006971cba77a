/** What the operator may do with claims, and with the Secrets that claims own, whatever RBAC lets it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  PROD,
  refusedBy,
} from '../scenarios-support/approval-cluster.ts';
import { authorsOf, CI, claim, labelled } from '../scenarios-support/claim-things.ts';
import {
  clusterRole,
  clusterRoleBinding,
  eventually,
  namespace,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { MANAGED, secret } from '../scenarios-support/operator-things.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

let cluster: ApprovalCluster;
let operator: Person;
let ana: Person;

const EVERYTHING = [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }];

beforeAll(async () => {
  cluster = await approvalCluster('claim-operator');
  [operator, ana] = await Promise.all([cluster.guarded.operator(), cluster.person('ana')]);
  await cluster.have(
    namespace(CI),
    roleBinding('ana', 'edit', CI),
    roleBinding('ana', 'secretscope-claimer', PROD),
  );
  await eventually(() => ana.create(claim('theirs')));
});
afterAll(() => cluster?.stop());

describe('THREATS 15: a claim belongs to whoever made it', () => {
  it('as it is deployed, the operator reads it and reports on it, and has no right to more', async () => {
    expect((await operator.get(claim('theirs'))).status).toBe(200);
    expect((await operator.merge(claim('theirs'), { status: { keys: 1 } }, '/status')).message).toBe('');
    const attempts = [
      operator.create(claim('mine')),
      operator.merge(claim('theirs'), labelled('x')),
      operator.remove(claim('theirs')),
    ];
    for (const attempt of attempts) expect((await attempt).message).toContain('cannot');
  });

  it('with every right of RBAC it still makes, changes and deletes none', async () => {
    await cluster.have({
      ...clusterRoleBinding(OPERATOR, 'whole-group'),
      metadata: { name: 'operator-more' },
    });
    await refusedBy('operator-scopes', () => operator.remove(claim('theirs')));
    const attempts = [
      operator.create(claim('mine')),
      operator.merge(claim('theirs'), labelled('x')),
      operator.merge(claim('theirs'), { spec: { include: ['A'] } }),
      operator.merge(claim('theirs'), { authors: null }),
      operator.call('DELETE', collectionOf('SecretClaim', CI)),
    ];
    for (const attempt of attempts)
      expect((await attempt).message).toContain('the operator may not create, change or delete claims');
    expect(authorsOf(await ana.get(claim('theirs')))).toEqual(['ana']);
  });
});

describe('API-REVIEW 24, THREATS 20: only a Snapshot claim owns its Secret', () => {
  let owner: { apiVersion: string; kind: string; name: string; uid: string };

  beforeAll(async () => {
    await cluster.have(clusterRole('every-secret', EVERYTHING), {
      ...roleBinding(OPERATOR, 'every-secret', CI),
      metadata: { name: 'operator-secrets', namespace: CI },
    });
    const { body } = await ana.create(claim('snapshot', { mode: 'Snapshot' }));
    const uid = String((body as Thing).metadata['uid']);
    owner = { apiVersion: API_VERSION, kind: 'SecretClaim', name: 'snapshot', uid };
    await eventually(() => operator.create(owned('probe', [])));
  });

  const owned = (name: string, ownerReferences: object[], more: object = { immutable: true }): Thing => ({
    ...secret(name, { labels: MANAGED, ownerReferences }, CI),
    ...more,
  });
  const refused =
    'the operator sets no ownerReferences on a Secret, lest garbage collection delete it; only one';

  it.each<[string, object, object?]>([
    ['that can be changed', {}, {}],
    ['that says so', {}, { immutable: false }],
    ['with a scope as owner', { kind: 'SecretScope' }],
    ['with a Pod as owner', { apiVersion: 'v1', kind: 'Pod' }],
    ['with a claim of another group', { apiVersion: 'secretscope.dev.example.com/v1alpha1' }],
    ['with a claim of no group', { apiVersion: 'v1' }],
    ['that its owner controls', { controller: true }],
    ['that says who does not control it', { controller: false }],
    ['that holds up the deletion of its owner', { blockOwnerDeletion: true }],
  ])('so one is not created %s', async (_, change, more) => {
    const { status, message } = await operator.create(owned('refused', [{ ...owner, ...change }], more));
    expect([status, message]).toEqual([403, expect.stringContaining(refused)]);
  });

  it('nor with two owners', async () => {
    const two = [owner, { ...owner, name: 'theirs', uid: 'u' }];
    expect((await operator.create(owned('refused', two))).message).toContain(refused);
  });

  it('nor by server-side apply, on a Secret of its own that is there', async () => {
    expect((await operator.create(owned('live', [], {}))).message).toBe('');
    const attempts = [
      operator.merge(owned('live', []), { immutable: true, metadata: { ownerReferences: [owner] } }),
      operator.apply(owned('live', [owner]), { force: true }),
    ];
    for (const attempt of attempts) expect((await attempt).message).toContain(refused);
  });

  it('an immutable one is, once and for all', async () => {
    expect((await operator.create(owned('snapshot', [owner]))).message).toBe('');
    const disowned = await operator.merge(owned('snapshot', []), { metadata: { ownerReferences: null } });
    expect(disowned.message).toContain(refused);
    // what else it says of itself may change, as on every Secret of the operator's
    expect((await operator.merge(owned('snapshot', []), labelled('x'))).message).toBe('');
  });
});
