/** Whoever asked does not approve, in whatever other name, capacity or place they asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrollmentManifests } from '../../src/model/enrollment.ts';
import {
  clusterRoleBinding,
  eventually,
  OPERATOR_NAMESPACE,
  RBAC,
} from '../scenarios-support/guarded-cluster.ts';
import { backendIn, READER, scopeThing } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  TEAM,
} from '../scenarios-support/protected-world.ts';

const BOTH = { ...reviewedBy('ana', 'bob'), preventSelfReview: true };
const LEADS = { kind: 'Group', name: 'web-leads' };

let world: ProtectedWorld;
/** reviewer, and editor of both namespaces: she may change scopes and backends, act as accounts, and vote */
let ana: Person;

beforeAll(async () => {
  world = await protectedWorld('attacks-authors');
  await world.cluster.have(clusterRoleBinding('ana', 'edit'), ...accountLikeReader('other-reader'));
  const accounts = { serviceAccounts: [READER, 'other-reader'], operatorNamespace: OPERATOR_NAMESPACE };
  const enrolled = enrollmentManifests({ namespace: PROD, secrets: true, ...accounts });
  await world.cluster.have(...enrolled.map((one) => ({ ...one, metadata: { ...one.metadata } })));
  ana = await world.person('ana');
  await eventually(() => ana.call('GET', `/api/v1/namespaces/${PROD}/secrets`));
}, 120_000);

afterAll(() => world?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

const oneMore = (name: string, extra: string, key = `${name}-source`) => ({
  spec: {
    secrets: [
      { name: 'PASSWORD', from: { key: `${name}-source`, property: 'PASSWORD' } },
      { name: extra, from: { key, property: 'PASSWORD' } },
    ],
  },
});

/** An environment that was released by bob as platform made it. */
async function released(name: string, protection: object = BOTH, change: object = {}): Promise<SeenRequest> {
  await world.environment(name, protection, change);
  const first = await world.untilRequest(name);
  await world.cast('bob', 'Approve', first);
  await world.untilSecret(`${name}-target`, `value of ${name}`);
  return world.untilRequest(name, 'Released');
}

async function changed(name: string, person: Person, extra: string): Promise<void> {
  admitted(await person.merge(scopeThing(name, PROD, {}), oneMore(name, extra)));
}

/** Only the data of the first release are there. */
async function expectUnchanged(name: string): Promise<void> {
  const secret = await world.cluster.secret(PROD, `${name}-target`);
  expect(secret?.data).toEqual({ PASSWORD: `value of ${name}` });
}

describe('attack 24, THREATS 12: whoever changed it does not approve it', () => {
  it('(a): although the operator made the request, those who changed the scope have asked', async () => {
    const first = await released('own');
    expect(first.spec).toMatchObject({ authors: ['platform'], authorsComplete: true });
    await changed('own', ana, 'EXTRA');
    const request = await world.untilNewer('own', first);
    // platform as well where the edit came before the operator had let go of who asked first
    expect(request.spec.authors).toContain('ana');
    expect(request.spec.authorsComplete).toBe(true);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    await expectUnchanged('own');
    await world.cast('bob', 'Approve', request);
    await world.untilRequest('own', 'Released');
  });

  it('(b): although somebody else changed it last', async () => {
    const first = await released('last');
    await changed('last', ana, 'EXTRA');
    admitted(await world.cluster.platform.merge(scopeThing('last', PROD, {}), { spec: { suspend: false } }));
    const request = await world.untilNewer('last', first);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    await expectUnchanged('last');
  });

  it('although it was changed while the request waited, by taking a line out and putting it back', async () => {
    const first = await released('back');
    admitted(await world.cluster.platform.merge(scopeThing('back', PROD, {}), oneMore('back', 'EXTRA')));
    const second = await world.untilNewer('back', first);
    await changed('back', ana, 'OTHER');
    const third = await world.untilNewer('back', second);
    await changed('back', ana, 'EXTRA');
    const request = await world.untilNewer('back', third);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    await expectUnchanged('back');
  });

  it('(c): nor when the repository above was changed', async () => {
    const first = await released('above', BOTH, {
      targets: [{ secretName: 'above-target', include: ['PASSWORD'] }],
    });
    const spec = { targets: [{ secretName: 'above-target', include: ['PASSWORD', 'FRESH'] }] };
    const before = (await world.cluster.platform.get(scopeThing('web', TEAM, {}))).body as {
      spec: { secrets: object[] };
    };
    const fresh = { name: 'FRESH', from: { key: 'shared-source', property: 'TOKEN' } };
    admitted(
      await ana.merge(scopeThing('web', TEAM, {}), { spec: { secrets: [...before.spec.secrets, fresh] } }),
    );
    admitted(await world.cluster.platform.merge(scopeThing('above', PROD, {}), { spec }));
    const request = await world.untilNewer('above', first);
    expect(request.spec.authors).toContain('ana');
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    await expectUnchanged('above');
  });

  it('(c): where a backend was changed nobody knows by whom, and two have to approve', async () => {
    await world.cluster.have(backendNamed('swapped', READER));
    const first = await released('moved', BOTH, { backendRef: { kind: 'SecretBackend', name: 'swapped' } });
    admitted(await ana.apply(backendNamed('swapped', 'other-reader'), { force: true }));
    const request = await world.untilNewer('moved', first);
    expect(request.spec.authorsComplete).toBe(false);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    expect((await world.untilRequest('moved')).status?.approvals).toBe('1/2');
    await world.cast('bob', 'Approve', request);
    await world.untilRequest('moved', 'Released');
  });

  it('(c): also where it was changed before anything was released', async () => {
    await world.cluster.have(backendNamed('early', READER));
    await world.environment('unborn', BOTH, { backendRef: { kind: 'SecretBackend', name: 'early' } });
    const first = await world.untilRequest('unborn');
    admitted(await ana.apply(backendNamed('early', 'other-reader'), { force: true }));
    const request = await world.untilNewer('unborn', first);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    expect(await world.cluster.secret(PROD, 'unborn-target')).toBeUndefined();
    expect((await world.untilRequest('unborn')).status?.approvals).toBe('1/2');
  });
});

describe('attack 25: nor do they in another capacity', () => {
  it('THREATS 12 (d): what a service account changed, two have to approve', async () => {
    const bot = await world.account(PROD, 'bot');
    await world.cluster.have(editorIn(PROD, 'bot'));
    await eventually(() => bot.call('GET', `/api/v1/namespaces/${PROD}/secrets`));
    const first = await released('robot');
    await changed('robot', bot, 'EXTRA');
    const request = await world.untilNewer('robot', first);
    expect(request.spec.authors).toContain(`system:serviceaccount:${PROD}:bot`);
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    expect((await world.untilRequest('robot')).status?.approvals).toBe('1/2');
    await expectUnchanged('robot');
    await world.cast('bob', 'Approve', request);
    await world.untilRequest('robot', 'Released');
    await bot.close();
  });

  it('through a group that is listed besides', async () => {
    const protection = { requiredReviewers: [...BOTH.requiredReviewers, LEADS], preventSelfReview: true };
    const first = await released('grouped', protection);
    await changed('grouped', ana, 'EXTRA');
    const request = await world.untilNewer('grouped', first);
    const leading = await world.person('ana', ['web-leads']);
    admitted(await world.vote(leading, 'ana', 'Approve', request, { as: LEADS }));
    await world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    await expectUnchanged('grouped');
  });

  it('as a listed service account of the namespaces: it is no reviewer', async () => {
    const bot = await world.account(PROD, 'voter');
    await world.cluster.have(bindingTo(PROD, 'voter', 'secretscope-reviewer'));
    const account = { kind: 'ServiceAccount', namespace: PROD, name: 'voter' };
    const first = await released('double', {
      requiredReviewers: [...BOTH.requiredReviewers, account],
      preventSelfReview: true,
    });
    await changed('double', ana, 'EXTRA');
    const request = await world.untilNewer('double', first);
    const name = `system:serviceaccount:${PROD}:voter`;
    await eventually(() => world.vote(bot, name, 'Approve', request, { as: account, reviewer: undefined }));
    await world.untilVotes(request, `${name} Approve False NotAReviewer`);
    await expectUnchanged('double');
    await bot.close();
  });

  it('where reviewers could never be others than those who asked, it is said and nothing is asked', async () => {
    await world.environment('alone', { ...reviewedBy('bob'), preventSelfReview: true });
    const first = await world.untilRequest('alone');
    admitted(
      await (await world.account(PROD, 'bot')).merge(scopeThing('alone', PROD, {}), oneMore('alone', 'X')),
    );
    await world.cluster.untilReady(PROD, 'alone', 'False', 'ReviewersInsufficient', 30_000);
    await world.cast('bob', 'Approve', first);
    await world.cluster.untilReady(PROD, 'alone', 'False', 'ReviewersInsufficient', 30_000);
    expect(await world.writesOf('alone-target')).toEqual([]);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});

function backendNamed(name: string, account: string): Thing {
  return { ...backendIn(PROD, account), metadata: { name, namespace: PROD } };
}

function accountLikeReader(name: string): Thing[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: PROD } },
    {
      ...bindingTo(PROD, name, READER),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: READER },
    },
  ];
}

const editorIn = (place: string, name: string) => bindingTo(place, name, 'edit');

function bindingTo(namespace: string, name: string, role: string): Thing {
  return {
    apiVersion: RBAC,
    kind: 'RoleBinding',
    metadata: { name: `${name}-${role}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}
