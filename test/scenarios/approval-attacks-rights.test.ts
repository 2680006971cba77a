/** Whose vote counts is asked when it is decided, by the rights of that moment, and a right is for what it names. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterRole, eventually, RBAC, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  voteThing,
} from '../scenarios-support/protected-world.ts';

const TWO_OF_TWO = { ...reviewedBy('ana', 'bob'), minApprovals: 2 };
const LEADS = { kind: 'Group', name: 'web-leads' };
const CI = 'ci';
const BYPASS = { comment: 'the database is down' };

let world: ProtectedWorld;
/** may bypass, and nothing else */
let dora: Person;

beforeAll(async () => {
  world = await protectedWorld('attacks-rights');
  const { cluster } = world;
  await cluster.team(CI, {}, { enrolled: false });
  await cluster.have(
    roleBinding('dora', 'secretscope-bypasser', PROD),
    groupBinding('web-leads', 'secretscope-reviewer'),
    accountBinding(CI, 'robot'),
    accountBinding(PROD, 'robot'),
  );
  dora = await world.person('dora');
}, 120_000);

afterAll(() => world?.stop());

const refused = (status: number, message: string) => [status, expect.stringContaining(message)];

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

async function waiting(name: string, protection: object = reviewedBy('ana', 'bob')): Promise<SeenRequest> {
  await world.environment(name, protection);
  return world.untilRequest(name);
}

async function expectNothing(name: string): Promise<void> {
  expect(await world.writesOf(`${name}-target`)).toEqual([]);
  expect(await world.readsOf(`${name}-source`)).toEqual([]);
}

const bindingOf = (person: string) => roleBinding(person, 'secretscope-reviewer', PROD);

/** The right is gone for the API server as well. */
async function takeRight(person: string, request: SeenRequest): Promise<void> {
  await world.cluster.gone(bindingOf(person));
  const sender = await world.person(person);
  const path = `/apis/secretscope.dev/v1alpha1/namespaces/${PROD}/requestreviews?dryRun=All`;
  await until(
    async () =>
      expect((await sender.call('POST', path, voteThing(person, 'Approve', request))).status).toBe(403),
    20_000,
  );
}

describe('attack 26: rights are those of the decision', () => {
  it('a reviewer who lost the right between vote and decision does not count, and counts with it again', async () => {
    const request = await waiting('lost', TWO_OF_TWO);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    await takeRight('ana', request);
    await world.cast('bob', 'Approve', request);
    await world.untilVotes(
      request,
      'ana Approve False ReviewerNotAuthorized',
      'bob Approve True VoteCounted',
    );
    expect((await world.untilRequest('lost')).status?.approvals).toBe('1/2');
    await expectNothing('lost');
    await world.cluster.have(bindingOf('ana'));
    await eventually(() => world.person('ana').then((ana) => world.vote(ana, 'ana', 'Approve', request)));
    await world.untilSecret('lost-target', 'value of lost');
  });

  it('nor one who is not listed any more', async () => {
    const request = await waiting('unlisted', TWO_OF_TWO);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    await world.change('unlisted', { ...reviewedBy('bob', 'carl'), minApprovals: 2 });
    await world.cast('bob', 'Approve', request);
    await world.untilVotes(request, 'ana Approve False NotAReviewer', 'bob Approve True VoteCounted');
    await expectNothing('unlisted');
  });

  it('a rejection of somebody who lost the right stops nothing that others approve', async () => {
    const request = await waiting('spoiled', TWO_OF_TWO);
    const ana = await world.person('ana');
    const rejection = voteThing('ana', 'Reject', request);
    await takeRight('ana', request);
    expect((await ana.create(rejection)).status).toBe(403);
    await world.cluster.have(bindingOf('ana'));
    await eventually(() => world.vote(ana, 'ana', 'Approve', request));
    await world.cast('bob', 'Approve', request);
    await world.untilSecret('spoiled-target', 'value of spoiled');
  });

  it('a release stands when its reviewer loses the right later, also over a restart, and says whose it was', async () => {
    const request = await waiting('stands', reviewedBy('ana'));
    await world.cast('ana', 'Approve', request);
    await world.untilSecret('stands-target', 'value of stands');
    await takeRight('ana', request);
    await world.change('stands', reviewedBy('bob'));
    await world.cluster.restartOperator({ extra: ['--policy-settle', '1s'] });
    await world.cluster.have(secretThing(PROD, 'stands-source', { PASSWORD: 'rotated' }));
    await world.untilSecret('stands-target', 'rotated', 30_000);
    const still = await world.untilRequest('stands', 'Released');
    expect(still.status?.release?.votes).toMatchObject([{ username: 'ana', decision: 'Approve' }]);
    expect(await world.requests('stands')).toHaveLength(1);
    await world.cluster.have(bindingOf('ana'));
  });
});

describe('THREATS 13: what a right is for', () => {
  it('approve is none to bypass, and bypass none to approve', async () => {
    const request = await waiting('mixed', { ...reviewedBy('ana', 'dora'), allowBypass: true });
    const ana = await world.person('ana');
    await eventually(() => ana.call('GET', '/apis/secretscope.dev/v1alpha1'));
    await until(async () => {
      const { status, message } = await world.vote(ana, 'ana', 'Bypass', request, BYPASS);
      expect([status, message]).toEqual(refused(403, 'ana may not vote Bypass on the scope'));
    }, 20_000);
    for (const decision of ['Approve', 'Reject', 'Revoke']) {
      const { status, message } = await world.vote(dora, 'dora', decision, request);
      expect([status, message]).toEqual(refused(403, `dora may not vote ${decision} on the scope`));
    }
    await expectNothing('mixed');
  });

  it('a bypass without a reason is refused, and one that the scope does not allow does not count', async () => {
    const request = await waiting('forbidden');
    for (const comment of [undefined, '']) {
      const { status, message } = await world.vote(dora, 'dora', 'Bypass', request, { comment });
      expect([status, message]).toEqual(refused(422, 'a bypass needs a reason in spec.comment'));
    }
    admitted(await world.vote(dora, 'dora', 'Bypass', request, BYPASS));
    await world.untilVotes(request, 'dora Bypass False BypassNotAllowed');
    await expectNothing('forbidden');
  });

  it('with the right, the permission and a reason it releases, and is recorded as a bypass for ever', async () => {
    const request = await waiting('bypassed', { ...TWO_OF_TWO, allowBypass: true });
    admitted(await world.vote(dora, 'dora', 'Bypass', request, BYPASS));
    await world.untilSecret('bypassed-target', 'value of bypassed');
    const released = await world.untilRequest('bypassed', 'Released');
    expect(released.status).toMatchObject({
      release: { by: 'bypass', votes: [{ username: 'dora', decision: 'Bypass' }] },
      conditions: expect.arrayContaining([expect.objectContaining({ reason: 'Bypassed' })]),
    });
    expect(await world.ledger(request.spec.scopeRef.uid)).toEqual([
      `${request.metadata.name} Released bypass`,
    ]);
    const { body } = await world.cluster.platform.call(
      'GET',
      `/apis/events.k8s.io/v1/namespaces/${PROD}/events`,
    );
    const { items } = body as { items: { reason: string; type: string; regarding: { name: string } }[] };
    expect(items.filter(({ reason }) => reason === 'Bypassed')).toEqual([
      expect.objectContaining({ type: 'Warning' }),
      expect.objectContaining({ type: 'Warning' }),
    ]);
  });

  it('the right to one scope releases no other, whatever request the vote names', async () => {
    const rule = { apiGroups: ['secretscope.dev'], resources: ['secretscopes/approval'], verbs: ['approve'] };
    const cast = { apiGroups: ['secretscope.dev'], resources: ['requestreviews'], verbs: ['create'] };
    await world.cluster.have(
      clusterRole('staging', [{ ...rule, resourceNames: ['staging'] }, cast]),
      roleBinding('carl', 'staging', PROD),
    );
    const [staging, live] = [
      await waiting('staging', reviewedBy('carl')),
      await waiting('live', reviewedBy('carl')),
    ];
    const carl = await world.person('carl');
    await until(async () => {
      expect((await world.vote(carl, 'carl', 'Approve', live)).message).toContain(
        `carl may not vote Approve on the scope ${PROD}/live`,
      );
    }, 20_000);
    const { scopeRef } = staging.spec;
    const wrongName = { scopeRef: { ...scopeRef, uid: live.spec.scopeRef.uid } };
    await eventually(() => world.vote(carl, 'carl', 'Approve', live, { scopeRef }));
    admitted(await world.vote(carl, 'carl', 'Approve', live, wrongName));
    await world.untilVotes(live, 'carl Approve False VoteMisdirected', 'carl Approve False VoteMisdirected');
    await expectNothing('live');
  });

  it('a listed service account of a namespace of the chain counts for nothing; one from elsewhere counts', async () => {
    const inside = { kind: 'ServiceAccount', namespace: PROD, name: 'robot' };
    const outside = { kind: 'ServiceAccount', namespace: CI, name: 'robot' };
    await world.environment('machines', { requiredReviewers: [inside] });
    await world.cluster.untilReady(PROD, 'machines', 'False', 'ReviewersInsufficient', 30_000);
    expect(await world.requests('machines')).toEqual([]);
    await world.change('machines', { requiredReviewers: [inside, outside] });
    const request = await world.untilRequest('machines', 'Waiting', 30_000);
    const [near, far] = [await world.account(PROD, 'robot'), await world.account(CI, 'robot')];
    const name = (place: string) => `system:serviceaccount:${place}:robot`;
    const unnamed = { reviewer: undefined };
    await eventually(() => world.vote(near, name(PROD), 'Approve', request, { as: inside, ...unnamed }));
    await world.untilVotes(request, `${name(PROD)} Approve False NotAReviewer`);
    await expectNothing('machines');
    const false_ = { username: name(CI), uid: 'made-up' };
    await until(async () => {
      expect(
        (await world.vote(far, name(CI), 'Approve', request, { as: outside, reviewer: false_ })).message,
      ).toContain('may not vote with the UID made-up');
    }, 20_000);
    const { body, ...answer } = await world.vote(far, name(CI), 'Approve', request, {
      as: outside,
      ...unnamed,
    });
    admitted({ body, ...answer });
    expect((body as Thing)['spec']).toMatchObject({
      reviewer: { uid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    await world.untilSecret('machines-target', 'value of machines');
    await Promise.all([near.close(), far.close()]);
  });

  it('somebody in 72 groups votes by the one that is listed, and a certificate has no UID', async () => {
    const groups = [...Array.from({ length: 71 }, (_, index) => `group-${index}`), 'web-leads'];
    const many = await world.person('gina', groups);
    const request = await waiting('groups', { requiredReviewers: [LEADS] });
    const { body, ...answer } = await world.vote(many, 'gina', 'Approve', request, {
      as: LEADS,
      reviewer: undefined,
    });
    admitted({ body, ...answer });
    expect((body as Thing)['spec']).toMatchObject({ reviewer: { username: 'gina' }, as: LEADS });
    expect(JSON.stringify(body)).not.toContain('group-1');
    await world.untilSecret('groups-target', 'value of groups');
  });

  it('a vote through a group does not count once the group has lost the right', async () => {
    const request = await waiting('regrouped', { requiredReviewers: [LEADS], minApprovals: 2 });
    const [gina, hugo] = await Promise.all(['gina', 'hugo'].map((name) => world.person(name, ['web-leads'])));
    if (!gina || !hugo) throw new Error('nobody there');
    admitted(await world.vote(gina, 'gina', 'Approve', request, { as: LEADS }));
    await world.untilVotes(request, 'gina Approve True VoteCounted');
    await world.cluster.gone(groupBinding('web-leads', 'secretscope-reviewer'));
    await world.cluster.have(bindingOf('hugo'));
    await eventually(() => world.vote(hugo, 'hugo', 'Approve', request, { as: LEADS }));
    await world.untilVotes(
      request,
      'gina Approve False ReviewerNotAuthorized',
      'hugo Approve True VoteCounted',
    );
    await expectNothing('regrouped');
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});

function groupBinding(group: string, role: string): Thing {
  return bound(`${group}-${role}`, role, {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Group',
    name: group,
  });
}

/** The account may vote on the environments. */
function accountBinding(namespace: string, name: string): Thing {
  return bound(`${namespace}-${name}`, 'secretscope-reviewer', { kind: 'ServiceAccount', name, namespace });
}

const bound = (name: string, role: string, subject: object): Thing => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  metadata: { name, namespace: PROD },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [subject],
});
