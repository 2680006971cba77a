/** Who casts a vote is written into it by admission, and into the audit log. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApprovalCluster,
  approvalCluster,
  asGroup,
  asUser,
  dryRun,
  PROD,
  vote,
} from '../scenarios-support/approval-cluster.ts';
import { clusterRole, eventually, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { account } from '../scenarios-support/operator-things.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';

let cluster: ApprovalCluster;
/** may approve, and is in web-leads; may patch votes besides, as server-side apply does */
let ana: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-stamp');
  ana = await cluster.person('ana', 'web-leads');
  await cluster.have(
    clusterRole('patch-votes', [
      { apiGroups: ['secretscope.dev'], resources: ['requestreviews'], verbs: ['patch'] },
    ]),
    roleBinding('ana', 'patch-votes', PROD),
    roleBinding('ana', 'secretscope-reviewer', PROD),
  );
  await eventually(() => dryRun(ana, vote('probe', asGroup('web-leads'))));
  await eventually(() => ana.apply(vote('probe', asUser('ana')), { dryRun: true }));
});
afterAll(() => cluster?.stop());

const reviewerOf = (body: unknown) => (body as Thing & { spec: { reviewer: object } }).spec.reviewer;

describe('API-REVIEW 6: a vote is stamped with who casts it', () => {
  it('a client certificate, which has no UID', async () => {
    const { status, body } = await ana.create(vote('by-ana', asGroup('web-leads')));
    expect([status, reviewerOf(body)]).toEqual([201, { username: 'ana' }]);
  });

  it('by server-side apply as well, again and again', async () => {
    const mine = vote('applied', asUser('ana'));
    for (const expected of [201, 200]) {
      const { status, body } = await ana.apply(mine);
      expect([status, reviewerOf(body)]).toEqual([expected, { username: 'ana' }]);
    }
  });

  it('a user with a UID, who need not know it', async () => {
    const tara = await cluster.actingAs({ user: 'ana', uid: 'u-1', groups: ['web-leads'] });
    for (const more of [{}, { reviewer: { username: 'ana' } }, { reviewer: { username: 'ana', uid: 'u-1' } }])
      expect(reviewerOf((await dryRun(tara, vote('v', { ...asUser('ana'), ...more }))).body)).toEqual({
        username: 'ana',
        uid: 'u-1',
      });
  });

  it('THREATS 13: a service account, with the UID of its token', async () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'bot', namespace: 'ci' }];
    const binding = { ...roleBinding('bot', 'secretscope-reviewer', PROD), subjects };
    await cluster.have(namespace('ci'), account('bot', 'ci'), binding);
    const bot = await cluster.guarded.serviceAccount('ci', 'bot');
    const { metadata } = (await cluster.admin.get(account('bot', 'ci'))).body as Thing;
    const as = { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' };
    await eventually(() => dryRun(bot, vote('by-bot', { as })));
    const reviewer = { username: 'system:serviceaccount:ci:bot', uid: metadata['uid'] };
    expect(reviewerOf((await bot.create(vote('by-bot', { as }))).body)).toEqual(reviewer);
    const forged = { as, reviewer: { ...reviewer, uid: 'another' } };
    expect((await bot.create(vote('v', forged))).message).toContain(
      `system:serviceaccount:ci:bot may not vote with the UID another: set spec.reviewer.uid to your own, ${String(metadata['uid'])}`,
    );
    const other = vote('v', { as: { ...as, namespace: 'team-web' } });
    expect((await bot.create(other)).message).toContain('may not vote as ServiceAccount team-web/bot');
  });

  it('THREATS 13: somebody in 72 groups, with no more of them stored than the one that counts', async () => {
    const groups = Array.from({ length: 72 }, (_, i) => `team-${i}-${'x'.repeat(40)}`);
    const olga = await cluster.person('olga', ...groups);
    await cluster.have(roleBinding('olga', 'secretscope-reviewer', PROD));
    const mine = vote('by-olga', asGroup(groups[71] ?? ''));
    await eventually(() => dryRun(olga, mine));
    const { status, body } = await olga.create(mine);
    expect([status, JSON.stringify(body).includes(groups[0] ?? '')]).toEqual([201, false]);
  });
});

describe('THREATS 24: the audit log keeps what was voted', () => {
  const votesIn = async () =>
    (await readFile(cluster.guarded.control.auditLogPath, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"review-identity.secretscope.dev/decision"'))
      .map((line) => JSON.parse(line) as { user: object; impersonatedUser?: object; annotations: object });

  it('decision, voter, capacity, request and plan', async () => {
    const mine = vote('logged', { ...asUser('ana'), decision: 'Reject' });
    await ana.create(mine);
    const { spec } = mine as Thing & { spec: { subject: string; requestRef: { name: string; uid: string } } };
    expect((await votesIn()).at(-1)?.annotations).toMatchObject({
      'review-identity.secretscope.dev/decision': 'Reject',
      'review-identity.secretscope.dev/reviewer': 'ana',
      'review-identity.secretscope.dev/as': 'User ana',
      'review-identity.secretscope.dev/request': `${spec.requestRef.name} ${spec.requestRef.uid}`,
      'review-identity.secretscope.dev/subject': spec.subject,
    });
  });

  it('FAULTS 37: and who acted as the voter, which admission cannot see', async () => {
    const acting = await cluster.actingAs({ user: 'ana', groups: ['web-leads'] });
    expect((await acting.create(vote('acted', asUser('ana')))).status).toBe(201);
    expect((await votesIn()).at(-1)).toMatchObject({
      user: { groups: expect.arrayContaining(['system:masters']) },
      impersonatedUser: { username: 'ana' },
    });
  });
});
