import { beforeEach, describe, expect, it } from 'vitest';
import type { Reviewer } from '../../model/kinds/protection.ts';
import { reviewView } from '../../watch/approval-views.ts';
import { aScopeView } from '../../watch/world-fixture.ts';
import { ProtectedOperator } from './approval-fixture.ts';
import { apiError } from './memory-api.fixture.ts';
import { voteFacts } from './voters.ts';

const SCOPE = aScopeView('prod/web-prod', {}, { uid: 'uid-web-prod' });
const account: Reviewer = { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' };
const ACCOUNT = 'system:serviceaccount:ci:bot';
const user = (name: string): Reviewer => ({ kind: 'User', name });
const group = (name: string): Reviewer => ({ kind: 'Group', name });

let operator: ProtectedOperator;
let votes = 0;
beforeEach(() => {
  operator = new ProtectedOperator();
});

const vote = (
  username: string,
  decision = 'Approve',
  as = user(username),
  change: object = {},
  metadata: object = {},
) =>
  reviewView({
    apiVersion: 'v1',
    kind: 'RequestReview',
    metadata: {
      name: 'vote',
      namespace: 'prod',
      uid: `vote-${++votes}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:05Z',
      ...metadata,
    },
    spec: {
      scopeRef: { name: 'web-prod', uid: 'uid-web-prod' },
      requestRef: { name: 'web-prod-app-1', uid: 'uid-request' },
      subject: `v1:sha256:${'0'.repeat(64)}`,
      decision,
      as,
      reviewer: { username },
      ...(decision === 'Bypass' && { comment: 'now' }),
      ...change,
    },
  } as Parameters<typeof reviewView>[0]);
const facts = (...views: ReturnType<typeof vote>[]) =>
  voteFacts(SCOPE, views, operator.deps, new AbortController().signal);

describe('a vote', () => {
  it('is what it says of itself, at the time that the API server gave it', async () => {
    expect(await facts(vote('ana', 'Approve', user('ana'), { comment: 'fine' }))).toMatchObject([
      {
        decision: 'Approve',
        scopeUID: 'uid-web-prod',
        request: { name: 'web-prod-app-1', uid: 'uid-request' },
        hasComment: true,
        castAt: Date.parse('2026-01-01T00:00:05Z'),
        deleting: false,
        voter: { username: 'ana', uid: '', capacity: 'approve', standing: 'authorized' },
      },
    ]);
  });

  it('that is being deleted says so', async () => {
    const [one] = await facts(
      vote('ana', 'Approve', user('ana'), {}, { deletionTimestamp: '2026-01-01T00:00:06Z' }),
    );
    expect(one?.deleting).toBe(true);
  });

  it('that names a scope of another name is about none: the right was asked for about that one', async () => {
    const [one] = await facts(
      vote('ana', 'Approve', user('ana'), { scopeRef: { name: 'web', uid: 'uid-web-prod' } }),
    );
    expect(one?.scopeUID).toBe('');
  });

  it('that cannot be read is none', async () => {
    expect(await facts(vote('ana', 'Maybe'))).toEqual([]);
  });

  it.each<[string, Reviewer, Reviewer[]]>([
    ['ana', user('ana'), [user('ana'), user('ana')]],
    ['ana', group('leads'), [group('leads'), user('ana')]],
    [ACCOUNT, account, [account, account]],
  ])('of %s as %o counts for that capacity, and in person', async (username, as, countsFor) => {
    const [one] = await facts(vote(username, 'Approve', as));
    expect(one?.voter.countsFor).toEqual(countsFor);
  });
});

describe('whether a voter holds the right', () => {
  it.each([
    ['Approve', 'approve', 'approval'],
    ['Reject', 'approve', 'approval'],
    ['Revoke', 'approve', 'approval'],
    ['Bypass', 'bypass', 'bypass'],
  ])('is asked for %s: to %s secretscopes/%s of this scope', async (decision, verb, subresource) => {
    await facts(vote('ana', decision));
    expect(operator.api.asked.map(({ resourceAttributes }) => resourceAttributes)).toMatchObject([
      {
        verb,
        group: 'secretscope.dev',
        resource: 'secretscopes',
        subresource,
        namespace: 'prod',
        name: 'web-prod',
      },
    ]);
  });

  it.each<[string, Reviewer, string[]]>([
    ['ana', user('ana'), ['system:authenticated']],
    ['ana', group('leads'), ['leads', 'system:authenticated']],
    [ACCOUNT, account, ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated']],
  ])(
    'is asked of %s as %o with the groups that admission proved, and no others',
    async (username, as, groups) => {
      await facts(vote(username, 'Approve', as, { reviewer: { username, uid: 'u-1' } }));
      expect(operator.api.asked).toMatchObject([{ user: username, uid: 'u-1', groups }]);
    },
  );

  it.each([
    ['allowed', 'authorized'],
    ['denied', 'notAuthorized'],
    ['undecided', 'unknown'],
  ] as const)('is answered with %s: it is %s', async (answer, standing) => {
    operator.api.standing.set('ana', answer);
    const [one] = await facts(vote('ana'));
    expect(one?.voter.standing).toBe(standing);
  });

  it('is asked once for all votes of one person in one capacity', async () => {
    await facts(
      vote('ana'),
      vote('ana', 'Reject'),
      vote('ana', 'Approve', group('leads')),
      vote('ana', 'Bypass'),
    );
    expect(operator.api.asked.map(({ groups, resourceAttributes: { verb } }) => `${verb} ${groups}`)).toEqual(
      ['approve system:authenticated', 'approve leads,system:authenticated', 'bypass system:authenticated'],
    );
  });

  it('is asked anew each time', async () => {
    await facts(vote('ana'));
    operator.api.standing.set('ana', 'denied');
    expect((await facts(vote('ana')))[0]?.voter.standing).toBe('notAuthorized');
  });

  it('if it cannot be asked, nothing goes on', async () => {
    operator.api.before.set('review ana', () => {
      throw apiError('network', { plural: 'subjectaccessreviews' });
    });
    await expect(facts(vote('ana'))).rejects.toThrow('network');
  });

  it('of more than 64 is not known beyond them, and refusals are asked about first', async () => {
    const crowd = Array.from({ length: 64 }, (_, index) => vote(`user-${index}`));
    const all = await facts(...crowd, vote('ana', 'Reject'), vote('ben', 'Revoke'));
    expect(operator.api.asked).toHaveLength(64);
    expect(operator.api.asked.slice(0, 2).map(({ user: name }) => name)).toEqual(['ana', 'ben']);
    const unknown = all
      .filter(({ voter }) => voter.standing === 'unknown')
      .map(({ voter }) => voter.username);
    expect(unknown).toEqual(['user-62', 'user-63']);
  });

  it('of 64 is known of every vote they cast', async () => {
    const crowd = Array.from({ length: 64 }, (_, index) => vote(`user-${index}`));
    const all = await facts(...crowd, vote('user-0'));
    expect(all.filter(({ voter }) => voter.standing !== 'authorized')).toEqual([]);
  });
});
