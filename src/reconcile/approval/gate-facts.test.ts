import { describe, expect, it } from 'vitest';
import type { LedgerEntry, RequestState, VoteDecision } from '../../model/approval.ts';
import { type ReviewView, reviewView } from '../../watch/approval-views.ts';
import { raw } from '../../watch/world-fixture.ts';
import { votesThatMatter } from './gate-facts.ts';

const entry = (state: RequestState): LedgerEntry => ({
  request: { name: 'web-prod-app-1', uid: 'uid-request' },
  subject: {
    scopeUID: 'uid-own',
    consumer: { kind: 'Target', namespace: 'prod', name: 'app', uid: '' },
    digest: '',
    pin: 'Access',
    lines: [],
  },
  askedAgain: '',
  createdAt: 0,
  authors: { names: [], complete: true },
  state,
});
const vote = (decision: string, change: object = {}): ReviewView =>
  reviewView(
    raw('RequestReview', 'prod/vote', {
      scopeRef: { name: 'web-prod', uid: 'uid-own' },
      requestRef: { name: 'web-prod-app-1', uid: 'uid-request' },
      subject: `v1:sha256:${'0'.repeat(64)}`,
      decision,
      as: { kind: 'User', name: 'ana' },
      reviewer: { username: 'ana' },
      ...(decision === 'Bypass' && { comment: 'now' }),
      ...change,
    }),
  );
const ALL: readonly VoteDecision[] = ['Approve', 'Reject', 'Revoke', 'Bypass'];

describe('the votes that matter', () => {
  it.each<[RequestState, readonly VoteDecision[]]>([
    ['Waiting', ALL],
    ['Released', ['Reject', 'Revoke']],
    ['Rejected', ['Revoke']],
    ['Withdrawn', []],
    ['Revoked', []],
    ['Expired', []],
    ['Superseded', []],
  ])('on a request that is %s are %j', (state, decisions) => {
    const mattering = ALL.filter((decision) => votesThatMatter([vote(decision)], [entry(state)]).length > 0);
    expect(mattering).toEqual(decisions);
  });

  it.each<[string, ReviewView]>([
    ['that cannot be read', vote('Maybe')],
    [
      'on a request that the ledger does not know',
      vote('Approve', { requestRef: { name: 'web-prod-app-1', uid: 'uid-2' } }),
    ],
  ])('are none %s', (_, view) => {
    expect(votesThatMatter([view], [entry('Waiting')])).toEqual([]);
  });
});
