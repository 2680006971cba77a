/** Votes that nobody cast, that mean something else, or that somebody wants gone: each is tried, and none releases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clusterRole,
  clusterRoleBinding,
  eventually,
  namespace,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Person } from '../scenarios-support/person.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  voteThing,
} from '../scenarios-support/protected-world.ts';

const OTHER = 'team-other';
const REVIEWS = `/apis/secretscope.dev/v1alpha1/namespaces/${PROD}/requestreviews`;
const TWO_OF_TWO = { ...reviewedBy('ana', 'bob'), minApprovals: 2 };

let world: ProtectedWorld;
/** admin of the namespace of the environments, with every verb on every kind and status besides */
let mallory: Person;
let ana: Person;

beforeAll(async () => {
  world = await protectedWorld('attacks-votes');
  const { cluster } = world;
  const resources = ['secretscopes', 'secretrequests', 'requestreviews', 'scopeledgers'];
  const all = [...resources, ...resources.map((one) => `${one}/status`)];
  await cluster.have(
    clusterRole('every-kind', [{ apiGroups: ['secretscope.dev'], resources: all, verbs: ['*'] }]),
    roleBinding('mallory', 'admin', PROD),
    roleBinding('mallory', 'every-kind', PROD),
    namespace(OTHER),
    roleBinding('ana', 'secretscope-reviewer', OTHER),
  );
  [mallory, ana] = await Promise.all([world.person('mallory'), world.person('ana')]);
  await eventually(() => mallory.call('GET', `${REVIEWS.replace('requestreviews', 'scopeledgers')}`));
}, 120_000);

afterAll(() => world?.stop());

const refused = (status: number, message: string) => [status, expect.stringContaining(message)];

const NO_PLAN = `v1:sha256:${'0'.repeat(64)}`;

/** An environment whose first request waits. */
async function waiting(name: string, protection: object = reviewedBy('ana', 'bob')): Promise<SeenRequest> {
  await world.environment(name, protection);
  return world.untilRequest(name);
}

async function expectNothing(name: string): Promise<void> {
  expect(await world.writesOf(`${name}-target`)).toEqual([]);
  expect(await world.readsOf(`${name}-source`)).toEqual([]);
  expect((await world.cluster.condition(PROD, name))?.reason).toBe('AwaitingApproval');
}

describe('a status opens nothing', () => {
  it('attack 23: whoever writes the status of a request, a vote or a scope by hand is refused', async () => {
    const request = await waiting('status');
    await world.cast('bob', 'Approve', request, { subject: NO_PLAN });
    await world.untilVotes(request, 'bob Approve False VoteMisdirected');
    const vote = ((await ana.call('GET', REVIEWS)).body as { items: { metadata: { name: string } }[] }).items;
    const released = { status: { state: 'Released', approvals: '1/1' } };
    const ready = { type: 'Ready', status: 'True', reason: 'Materialized', message: 'x' };
    const conditions = [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    for (const [path, status] of [
      [`secretrequests/${request.metadata.name}`, released],
      [`requestreviews/${vote[0]?.metadata.name}`, { status: { conditions } }],
      ['secretscopes/status', { status: { conditions } }],
    ] as const) {
      const at = `${REVIEWS.replace('requestreviews', path)}/status`;
      const { status: code, message } = await mallory.call('PATCH', at, status, 'merge-patch+json');
      expect([code, message]).toEqual(refused(403, 'mallory may not write the status of'));
    }
    await expectNothing('status');
  });
});

describe('attack 27: a vote is for one scope, one request and one plan', () => {
  it.each<[string, (mine: SeenRequest, other: SeenRequest) => object]>([
    ['naming another scope', (_, other) => ({ scopeRef: other.spec.scopeRef })],
    [
      'naming a scope of this name that was deleted',
      ({ spec }) => ({ scopeRef: { ...spec.scopeRef, uid: 'of-another-time' } }),
    ],
    ['naming another plan', (_, other) => ({ subject: other.spec.subject })],
    [
      'naming the request of another environment by its name',
      ({ metadata }, other) => ({ requestRef: { name: other.metadata.name, uid: metadata.uid } }),
    ],
  ])('%s, it is void', async (what, change) => {
    const name = `replay-${what.split(' ').at(-1)}`;
    const [mine, other] = [await waiting(name), await waiting(`${name}-other`)];
    await world.cast('ana', 'Approve', mine, change(mine, other) as Record<string, unknown>);
    await world.cast('bob', 'Approve', mine, { subject: NO_PLAN });
    await world.untilVotes(mine, 'ana Approve False VoteMisdirected', 'bob Approve False VoteMisdirected');
    await expectNothing(name);
    await expectNothing(`${name}-other`);
  });

  it('copied to the request of another environment, it is void there and nothing here', async () => {
    const [mine, other] = [await waiting('copied'), await waiting('copied-other')];
    const { uid, name } = other.metadata;
    await world.cast('ana', 'Approve', mine, { requestRef: { name, uid } });
    await world.cast('bob', 'Approve', other, { subject: NO_PLAN });
    await world.untilVotes(other, 'ana Approve False VoteMisdirected', 'bob Approve False VoteMisdirected');
    await expectNothing('copied');
    await expectNothing('copied-other');
  });

  it('naming another scope, it says so without anything else happening', async () => {
    const [mine, other] = [await waiting('untold'), await waiting('untold-other')];
    await world.cast('ana', 'Approve', mine, { scopeRef: other.spec.scopeRef });
    await until(
      async () => expect(await world.votes(mine)).toEqual(['ana Approve False VoteMisdirected']),
      30_000,
    );
  });

  it('cast in another namespace, where the voter may, it is nobody’s', async () => {
    const request = await waiting('elsewhere');
    const vote = voteThing('ana', 'Approve', request);
    const moved = { ...vote, metadata: { ...vote.metadata, namespace: OTHER } };
    await eventually(() => ana.create(moved));
    await world.cast('bob', 'Approve', request, { subject: NO_PLAN });
    await world.untilVotes(request, 'bob Approve False VoteMisdirected');
    expect(((await ana.get(moved)).body as { status?: object }).status).not.toHaveProperty('conditions.0');
    await expectNothing('elsewhere');
  });

  it('made before the request, it names a UID that nobody knows', async () => {
    const request = await waiting('early');
    const next = { name: 'early-early-target-2', uid: '00000000-0000-4000-8000-000000000000' };
    await world.cast('ana', 'Approve', request, { requestRef: next });
    const { spec } = { spec: { suspend: false, deletionPolicy: 'Delete' } };
    expect((await world.cluster.platform.merge(scopeThing('early', PROD, {}), { spec })).message).toBe('');
    await world.cast('bob', 'Approve', request, { subject: NO_PLAN });
    await world.untilVotes(request, 'bob Approve False VoteMisdirected');
    await expectNothing('early');
  });
});

describe('a vote is of whoever sends it', () => {
  it('attack 33: without the right nobody casts one, whatever other rights they have', async () => {
    const request = await waiting('forged');
    for (const decision of ['Approve', 'Reject', 'Revoke']) {
      const { status, message } = await world.vote(mallory, 'mallory', decision, request);
      expect([status, message]).toEqual(
        refused(403, `mallory may not vote ${decision} on the scope ${PROD}/forged`),
      );
    }
    expect((await world.vote(mallory, 'ana', 'Approve', request)).message).toContain(
      'mallory may not vote in the name of ana',
    );
    await expectNothing('forged');
  });

  it('attack 34: one person who votes again and again, and in two capacities, is one', async () => {
    const group = { kind: 'Group', name: 'web-leads' };
    const request = await waiting('twice', {
      requiredReviewers: [{ kind: 'User', name: 'ana' }, { kind: 'User', name: 'bob' }, group],
      minApprovals: 2,
    });
    const leading = await world.person('ana', ['web-leads']);
    await world.cast('ana', 'Approve', request);
    await world.cast('ana', 'Approve', request);
    expect((await world.vote(leading, 'ana', 'Approve', request, { as: group })).message).toBe('');
    await world.untilVotes(request, ...Array(3).fill('ana Approve True VoteCounted'));
    expect((await world.untilRequest('twice')).status?.approvals).toBe('1/2');
    await expectNothing('twice');
    await world.cast('bob', 'Approve', request);
    await world.untilSecret('twice-target', 'value of twice');
    expect((await world.untilRequest('twice', 'Released')).status?.approvals).toBe('2/2');
  });

  it('attack 37: whoever acts as a reviewer is in the audit log, and the vote is the reviewer’s', async () => {
    const rules = [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['ana'] }];
    await world.cluster.have(clusterRole('be-ana', rules), clusterRoleBinding('carl', 'be-ana'));
    const request = await waiting('acted');
    const carl = await world.impersonating('carl', 'ana');
    await eventually(() => carl.call('GET', REVIEWS));
    expect((await world.vote(carl, 'ana', 'Approve', request)).message).toBe('');
    await world.untilSecret('acted-target', 'value of acted');
    const cast = (await world.cluster.audit.since(world.cluster.ready)).filter(
      ({ resource, verb, user, code }) =>
        resource === 'requestreviews' && verb === 'create' && user === 'carl' && code === 201,
    );
    expect(cast.map(({ impersonated }) => impersonated)).toEqual(['ana']);
    await carl.close();
  });
});

describe('attack 36: a vote stays', () => {
  it('nobody deletes a rejection, one or all, and it stays in force', async () => {
    const request = await waiting('kept');
    const vote = voteThing('bob', 'Reject', request);
    await (await world.person('bob')).create(vote);
    await world.untilRequest('kept', 'Rejected');
    for (const [who, person] of [
      ['mallory', mallory],
      ['platform', world.cluster.platform],
    ] as const) {
      const one = await person.remove(vote);
      expect([one.status, one.message]).toEqual(
        refused(403, `${who} may not delete the vote ${PROD}/${vote.metadata.name}`),
      );
      const all = await person.call('DELETE', REVIEWS);
      expect([all.status, all.message]).toEqual(refused(403, `${who} may not delete the vote ${PROD}/`));
    }
    expect((await (await world.person('bob')).remove(vote)).status).toBe(403);
    expect((await mallory.merge(vote, { spec: { decision: 'Approve' } })).message).toContain(
      'a vote cannot be changed',
    );
    // what a vote came to is told after what the request came to
    await world.untilVotes(request, 'bob Reject True VoteCounted');
    expect((await world.cluster.condition(PROD, 'kept'))?.reason).toBe('Rejected');
    expect(await world.writesOf('kept-target')).toEqual([]);
  });

  it('one that is gone all the same before the decision does not count', async () => {
    const request = await waiting('gone', TWO_OF_TWO);
    const vote = voteThing('ana', 'Approve', request);
    await ana.create(vote);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    // what the operator itself may do, and nobody else
    const operator = await world.asOperator();
    expect((await operator.remove(vote)).message).toBe('');
    await world.cast('bob', 'Approve', request);
    await world.untilVotes(request, 'bob Approve True VoteCounted');
    expect((await world.untilRequest('gone')).status?.approvals).toBe('1/2');
    await expectNothing('gone');
  });

  it('one that is gone after a rejection leaves the rejection as it was', async () => {
    const request = await waiting('erased');
    const vote = voteThing('bob', 'Reject', request);
    await (await world.person('bob')).create(vote);
    await world.untilRequest('erased', 'Rejected');
    expect((await (await world.asOperator()).remove(vote)).message).toBe('');
    await world.cast('ana', 'Approve', request);
    await world.cluster.restartOperator({ extra: ['--policy-settle', '1s'] });
    await world.cluster.untilReady(PROD, 'erased', 'False', 'Rejected');
    expect(await world.writesOf('erased-target')).toEqual([]);
  });

  it('an approval after the rejection says that it came too late', async () => {
    const request = await waiting('late');
    await world.cast('bob', 'Reject', request);
    await world.untilRequest('late', 'Rejected');
    await world.cast('ana', 'Approve', request);
    const told = ['ana Approve False VoteOutOfTime', 'bob Reject True VoteCounted'];
    await until(async () => expect(await world.votes(request)).toEqual(told), 30_000);
  });
});

describe('API-REVIEW 6: all verbs on all kinds', () => {
  it('are no right to vote or to bypass, and a vote cast with them is refused', async () => {
    const kinds = ['secretscopes', 'secretrequests', 'requestreviews', 'scopeledgers'];
    await world.cluster.have(
      clusterRole('all-verbs', [{ apiGroups: ['secretscope.dev'], resources: kinds, verbs: ['*'] }]),
      roleBinding('wanda', 'all-verbs', PROD),
    );
    const request = await waiting('wildcard', { ...reviewedBy('wanda', 'ana'), allowBypass: true });
    const wanda = await world.person('wanda');
    for (const [decision, right] of [
      ['Approve', 'approval'],
      ['Reject', 'approval'],
      ['Bypass', 'bypass'],
    ] as const)
      await until(async () => {
        const { status, message } = await world.vote(wanda, 'wanda', decision, request, {
          comment: 'the database is down',
        });
        expect([status, message]).toEqual(refused(403, `on secretscopes/${right}`));
      }, 20_000);
    await expectNothing('wildcard');
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
