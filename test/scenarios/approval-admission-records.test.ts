/** Votes, requests and ledgers stay as they are: who may change or delete what was cast, asked and decided. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApprovalCluster,
  approvalCluster,
  asUser,
  collectionOf,
  dryRun,
  ledger,
  PROD,
  secretRequest,
  vote,
} from '../scenarios-support/approval-cluster.ts';
import {
  clusterRoleBinding,
  eventually,
  OPERATOR_NAMESPACE,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';
import { until } from '../scenarios-support/until.ts';

const MACHINERY = [
  'system:serviceaccount:kube-system:namespace-controller',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:kube-controller-manager',
];

let cluster: ApprovalCluster;
let operator: Person;
let ana: Person;
/** admin of the namespace, with every verb on everything of the group that RBAC can give */
let mallory: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-records');
  [operator, ana, mallory] = await Promise.all([
    cluster.guarded.operator(),
    cluster.person('ana'),
    cluster.person('mallory'),
  ]);
  await cluster.have(
    roleBinding('ana', 'secretscope-reviewer', PROD),
    roleBinding('mallory', 'admin', PROD),
    roleBinding('mallory', 'whole-group', PROD),
    roleBinding('mallory', 'whole-group', OPERATOR_NAMESPACE),
    ...MACHINERY.map((user, index) => ({
      ...clusterRoleBinding(user, 'whole-group'),
      metadata: { name: `machinery-${index}` },
    })),
  );
  await eventually(() => dryRun(ana, vote('probe', asUser('ana'))));
  await eventually(() => mallory.call('GET', collectionOf('ScopeLedger')));
  await eventually(() => mallory.call('GET', collectionOf('ScopeLedger', OPERATOR_NAMESPACE)));
});
afterAll(() => cluster?.stop());

const gone = (thing: Thing) =>
  until(async () => expect((await cluster.admin.get(thing)).status).toBe(404), { timeout: 60_000 });

/** What must not be there, for each: who tries, and the words of the refusal. */
const everybody = () => [
  { who: mallory, name: 'mallory' },
  { who: cluster.admin, name: 'admin' },
];

describe('THREATS 8, API-REVIEW 14, FAULTS 36: a vote stays as it was cast', () => {
  const rejection = vote('rejection', { ...asUser('ana'), decision: 'Reject' });
  beforeAll(() => eventually(() => ana.create(rejection)));

  it('nobody deletes one: not its voter, not the admin of the namespace, not the administrator', async () => {
    expect((await ana.remove(rejection)).status).toBe(403);
    for (const { who, name } of everybody()) {
      const { status, message } = await who.remove(rejection);
      expect(status).toBe(403);
      expect(message).toContain(
        `${name} may not delete the vote ${PROD}/rejection, and no right lets anybody`,
      );
      expect(message).toContain('cast another one');
    }
  });

  it('nor all at once', async () => {
    const { status, message } = await mallory.call('DELETE', collectionOf('RequestReview'));
    expect([status, message]).toEqual([403, expect.stringContaining(`delete the vote ${PROD}/rejection`)]);
    expect((await ana.get(rejection)).status).toBe(200);
  });

  it('nobody changes one, nor gives it an owner that could take it along', async () => {
    for (const { who } of [...everybody(), { who: operator }])
      expect((await who.merge(rejection, { spec: { decision: 'Approve' } })).status).toBeGreaterThan(400);
    expect((await mallory.merge(rejection, { spec: { decision: 'Approve' } })).message).toContain(
      'a vote cannot be changed; cast another one',
    );
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' };
    const owned = await mallory.merge(rejection, { metadata: { ownerReferences: [owner] } });
    expect(owned.message).toContain(`mallory may not give the vote ${PROD}/rejection an owner`);
  });

  it('THREATS 20: metadata is free, and so is a rewrite of what is there', async () => {
    expect((await mallory.merge(rejection, { metadata: { labels: { seen: 'yes' } } })).status).toBe(200);
    const { body } = await mallory.get(rejection);
    expect((await mallory.call('PUT', `${collectionOf('RequestReview')}/rejection`, body)).status).toBe(200);
  });

  it.each(MACHINERY)('%s deletes, one and all', async (user) => {
    const machine = await cluster.actingAs({ user });
    const path = collectionOf('RequestReview');
    expect((await machine.call('DELETE', `${path}/rejection?dryRun=All`)).message).toBe('');
    expect((await machine.call('DELETE', `${path}?dryRun=All`)).message).toBe('');
  });

  it('THREATS 20: the operator deletes, and in the foreground the garbage collector ends it', async () => {
    const voted = vote('counted', asUser('ana'));
    await ana.create(voted);
    expect((await operator.remove(voted, { propagationPolicy: 'Foreground' })).status).toBe(200);
    await gone(voted);
  });
});

describe('THREATS 8: what the operator asked and wrote down is nobody else to write', () => {
  const asked = secretRequest('production-web-1');
  const kept = ledger();
  beforeAll(async () => {
    await eventually(() => operator.create(asked));
    await eventually(() => operator.create(kept));
  });

  it('nobody makes a request or a ledger', async () => {
    for (const { who, name } of everybody()) {
      const forged = await who.create(secretRequest('forged'));
      expect([forged.status, forged.message]).toEqual([
        403,
        expect.stringContaining(
          `${name} may not create the request ${PROD}/forged, and no right lets anybody`,
        ),
      ]);
      expect(forged.message).toContain('change the scope');
      for (const place of [PROD, OPERATOR_NAMESPACE])
        expect((await dryRun(who, ledger(place))).message).toContain(
          `${name} may not create the ledger ${place}/`,
        );
    }
  });

  it('nobody changes one, but for labels and the like', async () => {
    const rejected = [{ spec: { authorsComplete: true } }, { spec: { authors: ['bob'] } }];
    for (const spec of rejected) {
      expect((await mallory.merge(asked, spec)).message).toContain('a request cannot be changed');
      expect((await mallory.merge(kept, spec)).message).toContain(
        `mallory may not change the ledger ${OPERATOR_NAMESPACE}/${kept.metadata.name}`,
      );
      expect((await cluster.admin.merge(kept, spec)).message).toContain('only the operator does');
    }
    for (const thing of [asked, kept])
      expect((await mallory.merge(thing, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
  });

  it('nobody gives one an owner', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }];
    for (const thing of [asked, kept])
      expect((await mallory.merge(thing, { metadata: { ownerReferences } })).message).toContain(
        'mallory may not change the owners of the',
      );
  });

  it('nobody deletes one, alone or with all others', async () => {
    for (const { who, name } of everybody()) {
      const { status, message } = await who.remove(asked);
      expect([status, message]).toEqual([
        403,
        expect.stringContaining(`${name} may not delete the request ${PROD}/production-web-1`),
      ]);
      expect(message).toContain('a reviewer can reject or revoke it (a RequestReview)');
      expect((await who.remove(kept)).message).toContain(`${name} may not delete the ledger`);
    }
    const everything = [collectionOf('SecretRequest'), collectionOf('ScopeLedger', OPERATOR_NAMESPACE)];
    for (const path of everything) expect((await mallory.call('DELETE', path)).status).toBe(403);
    expect((await operator.get(kept)).status).toBe(200);
  });

  it('FAULTS 23: nobody else writes a status', async () => {
    const released = { status: { state: 'Released', approvals: '2/2' } };
    for (const thing of [asked, vote('rejection'), kept])
      expect((await mallory.merge(thing, released, '/status')).message).toContain(
        'may not write the status of',
      );
    await mallory.merge(asked, released);
    expect((await operator.get(asked)).body).not.toMatchObject(released);
  });

  it('the operator deletes both', async () => {
    expect((await operator.remove(asked)).status).toBe(200);
    expect((await operator.remove(kept)).status).toBe(200);
  });
});
