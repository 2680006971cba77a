/** Who may not decide on a claim: whoever asked for it, in whatever name, capacity or place. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CI, type ClaimWorld, claimThing, claimWorld, toCI } from '../scenarios-support/claim-world.ts';
import { clusterRoleBinding, eventually, RBAC, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Person } from '../scenarios-support/person.ts';
import { PROD, reviewedBy, type SeenRequest, TEAM } from '../scenarios-support/protected-world.ts';

const BY_ANA = reviewedBy('ana');
const BOTH = reviewedBy('ana', 'bob');
const FOUR_EYES = { ...BOTH, preventSelfReview: true };
const OTHER_CI = 'ci-other';
const IDLE_MS = 2_000;
const PATIENT_MS = 40_000;

let claims: ClaimWorld;
/** reviewer, who may also edit scopes and make claims */
let ana: Person;

beforeAll(async () => {
  claims = await claimWorld('claim-authors');
  const { world, builder } = claims;
  await claims.sharedAbove();
  await world.cluster.team(OTHER_CI, { gets: 'claims' });
  await world.cluster.have(
    clusterRoleBinding('ana', 'edit'),
    roleBinding('ana', 'secretscope-claimer', PROD),
    roleBinding('builder', 'edit', OTHER_CI),
  );
  ana = await world.person('ana');
  await claims.claimable('probe');
  await eventually(() => ana.create(claimThing('probe', 'probe')));
  await eventually(() => builder.create(claimThing('probe', 'probe', {}, OTHER_CI)));
}, 120_000);

afterAll(() => claims?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

const both = (scope: string) => ({
  secrets: ['PASSWORD', 'EXTRA'].map((name) => ({
    name,
    from: { key: `${scope}-source`, property: 'PASSWORD' },
  })),
});

describe('attack 24, THREATS 12: whoever asked does not approve', () => {
  it('not whoever made the claim', async () => {
    await claims.claimable('own', FOUR_EYES);
    admitted(await ana.create(claimThing('own', 'own')));
    const request = await claims.decided('own', 'own', 'Approve');
    expect(request.spec.authors).toContain('ana');
    await claims.world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    expect(await claims.writesOf('own')).toEqual([]);
    await claims.world.cast('bob', 'Approve', request);
    await claims.untilState('own', 'Delivered Materialized');
  });

  it('not whoever changed it, although somebody else changed it last', async () => {
    await claims.claimable('last', FOUR_EYES);
    await claims.claim('last', 'last');
    admitted(await ana.merge(claimThing('last', 'any'), { spec: { include: ['PASSWORD', 'TOKEN'] } }));
    admitted(await claims.builder.merge(claimThing('last', 'any'), { spec: { ttl: '2h' } }));
    const request = await until(async () => {
      const newest = await claims.untilRequest('last', 'last');
      expect(newest.spec.secrets).toHaveLength(2);
      return newest;
    }, PATIENT_MS);
    await claims.world.cast('ana', 'Approve', request);
    await claims.world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    expect(await claims.writesOf('last')).toEqual([]);
  });

  it('not by claiming what a target delivers, of which the claim of somebody else was released', async () => {
    const targets = [{ secretName: 'editor-target', include: ['PASSWORD'] }];
    await claims.claimable('editor', FOUR_EYES, { targets });
    await claims.world.cast('bob', 'Approve', await claims.world.untilRequest('editor'));
    await claims.world.untilSecret('editor-target', 'value of editor');
    // no target delivers it, so nobody was asked about it
    admitted(await ana.merge(scopeThing('editor', PROD, {}), { spec: both('editor') }));
    await claims.claim('editor-first', 'editor');
    await claims.decided('editor', 'editor-first', 'Approve', 'bob');
    await claims.untilState('editor-first', 'Delivered Materialized');
    await claims.claim('editor', 'editor', { include: ['EXTRA'] });
    const request = await claims.decided('editor', 'editor', 'Approve');
    expect(request.spec.authors).toContain('ana');
    await claims.world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    expect(await claims.writesOf('editor')).toEqual([]);
    await claims.world.cast('bob', 'Approve', request);
    await claims.untilState('editor', 'Delivered Materialized');
  });

  it('not whoever changed the repository above, for what it now supplies', async () => {
    await claims.claimable('above', FOUR_EYES);
    const { spec } = (await claims.world.cluster.platform.get(scopeThing('web', TEAM, {}))).body as {
      spec: { secrets: object[] };
    };
    const fresh = { name: 'FRESH', from: { key: 'shared-source', property: 'TOKEN' } };
    const secrets = [...spec.secrets, fresh];
    admitted(await ana.merge(scopeThing('web', TEAM, {}), { spec: { secrets } }));
    await claims.claim('above', 'above', { include: ['FRESH'] });
    const request = await claims.decided('above', 'above', 'Approve');
    await claims.world.untilVotes(request, 'ana Approve False SelfReviewPrevented');
    expect(await claims.writesOf('above')).toEqual([]);
  });

  it('nor by deleting the claim and having somebody else make it again', async () => {
    await claims.claimable('handed', FOUR_EYES);
    admitted(await ana.create(claimThing('handed', 'handed')));
    await claims.decided('handed', 'handed', 'Reject', 'bob');
    await claims.untilState('handed', 'Waiting Rejected');
    await claims.remove('handed');
    await claims.claim('handed', 'handed');
    await claims.untilState('handed', 'Waiting Rejected');
    const last = (await claims.requestsOf('handed', 'handed')).at(-1);
    await claims.world.cast('ana', 'Revoke', last as SeenRequest);
    await pause(IDLE_MS);
    expect(await claims.state('handed')).toBe('Waiting Rejected');
  });

  it('a claim that a service account made, two have to approve', async () => {
    const bot = await claims.world.account(CI, 'deployer');
    await claims.world.cluster.have(bound(CI, 'edit'), bound(PROD, 'secretscope-claimer'));
    await claims.claimable('robot', FOUR_EYES);
    await eventually(() => bot.create(claimThing('robot', 'robot')));
    const request = await claims.decided('robot', 'robot', 'Approve');
    await claims.world.untilVotes(request, 'ana Approve True VoteCounted');
    await until(async () =>
      expect((await claims.untilRequest('robot', 'robot')).status?.approvals).toBe('1/2'),
    );
    expect(await claims.writesOf('robot')).toEqual([]);
    await claims.world.cast('bob', 'Approve', request);
    await claims.untilState('robot', 'Delivered Materialized');
    await bot.close();
  });
});

describe('THREATS 13: service accounts of the namespace that claims', () => {
  it('count for nothing, though the scope lists them', async () => {
    const account = { kind: 'ServiceAccount', namespace: CI, name: 'deployer' };
    const name = `system:serviceaccount:${CI}:deployer`;
    const bot = await claims.world.account(CI, 'deployer');
    await claims.world.cluster.have(bound(PROD, 'secretscope-reviewer'));
    await claims.claimable('listed', { requiredReviewers: [...BOTH.requiredReviewers, account] });
    await claims.claim('listed', 'listed');
    const request = await claims.untilRequest('listed', 'listed');
    await eventually(() =>
      claims.world.vote(bot, name, 'Approve', request, { as: account, reviewer: undefined }),
    );
    await claims.world.untilVotes(request, `${name} Approve False NotAReviewer`);
    expect(await claims.writesOf('listed')).toEqual([]);
    await bot.close();
  });
});

describe('THREATS 13: a vote is for one request', () => {
  it('not for that of another claim, nor for one of the same name in another namespace', async () => {
    const consumers = [...toCI.consumers, { namespaces: { matchLabels: { gets: 'claims' } } }];
    await claims.claimable('shared', BY_ANA, { consumers });
    await claims.claim('shared', 'shared');
    const first = await claims.untilRequest('shared', 'shared');
    await claims.claim('shared-two', 'shared', { include: ['TOKEN'] });
    const second = await claims.untilRequest('shared', 'shared-two');
    admitted(await claims.builder.create(claimThing('shared', 'shared', {}, OTHER_CI)));
    const { status } = await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', {
      ...second,
      spec: { ...second.spec, subject: first.spec.subject },
    });
    if (status < 400) await claims.world.untilVotes(second, 'ana Approve False VoteMisdirected');
    await claims.world.cast('ana', 'Approve', first);
    await claims.untilState('shared', 'Delivered Materialized');
    await pause(IDLE_MS);
    expect(await claims.secret('shared-two')).toBeUndefined();
    expect(await claims.secret('shared', OTHER_CI)).toBeUndefined();
  });
});

describe('THREATS 20: an approval gives nobody the Secret of somebody else', () => {
  const loot = { secretName: 'loot' };

  it('of two claims for one Secret the older keeps it, and the other has it when that is gone', async () => {
    await claims.claimable('older', BY_ANA);
    await claims.claimable('younger', BY_ANA);
    await claims.claim('older', 'older', loot);
    await claims.approved('older', 'older');
    await claims.claim('younger', 'younger', loot);
    await claims.decided('younger', 'younger', 'Approve');
    await claims.untilState('younger', 'Waiting TargetConflict');
    await claims.untilHas('loot', { PASSWORD: 'value of older' });
    await claims.remove('older');
    await claims.untilHas('loot', { PASSWORD: 'value of younger' });
    await claims.untilState('younger', 'Delivered Materialized');
  });

  it('what nobody claimed stays as it is, whatever is approved', async () => {
    await claims.world.cluster.have(secretThing(CI, 'theirs', { PASSWORD: 'theirs' }));
    await claims.claimable('greedy', BY_ANA);
    for (const [name, mode] of [
      ['greedy', 'Live'],
      ['greedy-once', 'Snapshot'],
    ] as const) {
      await claims.claim(name, 'greedy', { secretName: 'theirs', mode });
      await claims.decided('greedy', name, 'Approve');
      await claims.untilState(name, 'Waiting TargetConflict');
      await claims.remove(name);
    }
    await pause(IDLE_MS);
    await claims.untilHas('theirs', { PASSWORD: 'theirs' });
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});

/** The account `deployer` of the namespace that claims. */
const bound = (place: string, role: string) => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  metadata: { name: `deployer-${role}`, namespace: place },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'ServiceAccount', namespace: CI, name: 'deployer' }],
});
