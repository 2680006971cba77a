/** Who may cast which vote: everything that it says of its voter is what the API server knows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApprovalCluster,
  approvalCluster,
  asGroup,
  asUser,
  dryRun,
  PROD,
  vote,
  withOwners,
} from '../scenarios-support/approval-cluster.ts';
import { clusterRole, eventually, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import type { Person } from '../scenarios-support/person.ts';

let cluster: ApprovalCluster;
/** may approve, and is in web-leads; may patch votes besides, as server-side apply does */
let ana: Person;
/** may do everything with every kind, and has none of the rights to vote */
let eve: Person;
/** may bypass, and nothing else */
let dora: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-votes');
  [ana, eve, dora] = await Promise.all([
    cluster.person('ana', 'web-leads'),
    cluster.person('eve', 'web-leads'),
    cluster.person('dora'),
  ]);
  await cluster.have(
    clusterRole('patch-votes', [
      { apiGroups: ['secretscope.dev'], resources: ['requestreviews'], verbs: ['patch'] },
    ]),
    roleBinding('ana', 'patch-votes', PROD),
    roleBinding('ana', 'secretscope-reviewer', PROD),
    roleBinding('eve', 'every-kind', PROD),
    roleBinding('dora', 'secretscope-bypasser', PROD),
  );
  await eventually(() => dryRun(ana, vote('probe', asGroup('web-leads'))));
  await eventually(() => ana.apply(vote('probe', asUser('ana')), { dryRun: true }));
  await eventually(() => dryRun(dora, vote('probe', bypass('dora'))));
  await eventually(() => eve.call('GET', `/apis/secretscope.dev/v1alpha1/namespaces/${PROD}/scopeledgers`));
});
afterAll(() => cluster?.stop());

const bypass = (name: string) => ({ ...asUser(name), decision: 'Bypass', comment: 'the database is down' });

describe('FAULTS 33: a forged vote is refused', () => {
  it.each<[string, object, string]>([
    [
      'in the name of somebody else',
      { reviewer: { username: 'bob' } },
      'ana may not vote in the name of bob: a vote is of whoever sends it; set spec.reviewer.username to your own name',
    ],
    [
      'with a UID that the API server does not know',
      { reviewer: { username: 'ana', uid: 'x' } },
      'ana may not vote with the UID x: the API server knows none of you; leave out spec.reviewer.uid',
    ],
    ['as another user', asUser('bob'), 'ana may not vote as User bob: you are not, or no member of it'],
    ['as a group of others', asGroup('payments'), 'ana may not vote as Group payments'],
    [
      'as a service account',
      { as: { kind: 'ServiceAccount', name: 'ana', namespace: 'ci' } },
      'ana may not vote as ServiceAccount ci/ana',
    ],
    ['as everybody', asGroup('system:authenticated'), 'may not begin with system:'],
  ])('%s', async (_, more, message) => {
    for (const answer of [
      await ana.create(vote('forged', { ...asUser('ana'), ...more })),
      await dryRun(ana, vote('forged', { ...asUser('ana'), ...more })),
      await ana.apply(vote('forged', { ...asUser('ana'), ...more }), { force: true }),
    ])
      expect([answer.status >= 400, answer.message]).toEqual([true, expect.stringContaining(message)]);
  });

  it('THREATS 20: with an owner that could take it along', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' };
    const { message } = await ana.create(withOwners(vote('owned', asUser('ana')), owner));
    expect(message).toContain(`ana may not give the vote ${PROD}/owned an owner`);
  });

  it('the administrator of the cluster is nobody else either', async () => {
    const { message } = await cluster.admin.create(
      vote('v', { ...asUser('ana'), reviewer: { username: 'ana' } }),
    );
    expect(message).toContain('may not vote in the name of ana');
  });
});

describe('API-REVIEW 6, THREATS 13: the right to a vote', () => {
  it('is not among all verbs on all kinds, and the refusal says how to get it', async () => {
    for (const decision of ['Approve', 'Reject', 'Revoke']) {
      const { status, message } = await eve.create(vote('by-eve', { ...asGroup('web-leads'), decision }));
      expect(status).toBe(403);
      expect(message).toContain(`eve may not vote ${decision} on the scope ${PROD}/production`);
      expect(message).toContain('the verb approve on secretscopes/approval');
      expect(message).toContain(
        `kubectl create rolebinding reviewer --namespace=${PROD} --clusterrole=secretscope-reviewer --user=eve`,
      );
    }
  });

  it('to approve is none to bypass', async () => {
    const { message } = await ana.create(vote('bypassed', bypass('ana')));
    expect(message).toContain('ana may not vote Bypass');
    expect(message).toContain('the verb bypass on secretscopes/bypass');
    expect(message).toContain('--clusterrole=secretscope-bypasser --user=ana');
  });

  it('to bypass is none to approve', async () => {
    expect((await dora.create(vote('by-dora', bypass('dora')))).status).toBe(201);
    expect((await dora.create(vote('v', asUser('dora')))).message).toContain('dora may not vote Approve');
  });

  it('on one scope is none on another, nor in another namespace', async () => {
    const rules = [
      {
        apiGroups: ['secretscope.dev'],
        resources: ['secretscopes/approval'],
        resourceNames: ['staging'],
        verbs: ['approve'],
      },
      { apiGroups: ['secretscope.dev'], resources: ['requestreviews'], verbs: ['create'] },
    ];
    await cluster.have(
      clusterRole('staging', rules),
      roleBinding('carl', 'staging', PROD),
      namespace('other'),
      roleBinding('ana', 'every-kind', 'other'),
    );
    const carl = await cluster.person('carl');
    const staging = { ...asUser('carl'), scopeRef: { name: 'staging', uid: '1' } };
    await eventually(() => carl.create(vote('by-carl', staging)));
    expect((await carl.create(vote('v', asUser('carl')))).message).toContain('carl may not vote Approve');
    await eventually(() => ana.call('GET', '/apis/secretscope.dev/v1alpha1/namespaces/other/scopeledgers'));
    expect((await ana.create(vote('v', asUser('ana'), 'other'))).message).toContain(
      'ana may not vote Approve on the scope other/production',
    );
  });

  it('cannot be given to themselves by the admins of a namespace', async () => {
    const abe = await cluster.person('abe');
    await cluster.have(roleBinding('abe', 'admin', PROD));
    await eventually(() => abe.apply(roleBinding('x', 'view', PROD)));
    for (const role of ['secretscope-reviewer', 'secretscope-bypasser'])
      expect((await abe.create(roleBinding('abe', role, PROD))).message).toContain(
        'attempting to grant RBAC permissions not currently held',
      );
    for (const kind of ['secretrequests', 'requestreviews'])
      expect(
        (await abe.call('GET', `/apis/secretscope.dev/v1alpha1/namespaces/${PROD}/${kind}`)).status,
      ).toBe(200);
    expect(
      (await abe.call('GET', '/apis/secretscope.dev/v1alpha1/namespaces/secretscope-system/scopeledgers'))
        .status,
    ).toBe(403);
  });

  it('given by the command of the refusal is all that was missing', async () => {
    await cluster.have(roleBinding('eve', 'secretscope-reviewer', PROD));
    await eventually(() => eve.create(vote('by-eve', asGroup('web-leads'))));
  });
});
