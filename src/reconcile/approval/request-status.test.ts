import { describe, expect, it } from 'vitest';
import { aPlan, value, written } from '../../gate/a-plan.fixture.ts';
import type { CountedVote, Grant, LedgerEntry } from '../../model/approval.ts';
import { requestReviewKind } from '../../model/kinds/request-review.ts';
import { requestStatusSchema } from '../../model/kinds/secret-request.ts';
import type { Verdict, VoteWeight } from '../../model/verdict.ts';
import { type RequestView, requestView, reviewView } from '../../watch/approval-views.ts';
import { aScopeView, raw } from '../../watch/world-fixture.ts';
import { releasingStatus, requestStatus, reviewStatus } from './request-status.ts';

const CREATED = Date.parse('2026-01-01T00:00:00Z');
const DECIDED = Date.parse('2026-01-01T01:00:00Z');
const { plan, subject } = written(aPlan([value('A')]));
const SCOPE = aScopeView('prod/web-prod', {}, { resourceVersion: '77' });
const TEAM = { requiredReviewers: [{ kind: 'User' as const, name: 'ana' }], minApprovals: 2 };

const entry = (change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  request: { name: 'web-prod-app-1', uid: 'uid-1' },
  subject,
  askedAgain: '',
  createdAt: CREATED,
  authors: { names: ['dev', 'eve'], complete: true },
  state: 'Waiting',
  ...change,
});
const view = (status?: unknown): RequestView =>
  requestView({
    ...raw('SecretRequest', 'prod/web-prod-app-1', plan),
    ...(status !== undefined && { status }),
  } as never);
const votes = (...names: string[]): CountedVote[] =>
  names.map((username) => ({ uid: `vote-${username}`, username, decision: 'Approve', castAt: CREATED }));
const grant = (change: Partial<Grant> = {}): Grant => ({
  at: DECIDED,
  by: 'approve',
  votes: votes('ana', 'ben'),
  ...change,
});
const waiting = (on: Extract<Verdict, { kind: 'waiting' }>['on']): Verdict => ({
  kind: 'waiting',
  request: entry().request,
  on,
  until: undefined,
  reason: 'AwaitingApproval',
  message: 'waits for ana',
});
const needs = (given: number, required: number) =>
  ({ kind: 'approvals', given, required, reviewers: [] }) as const;

interface Shown {
  readonly state: string;
  readonly approvals?: string;
  readonly authors?: string;
  readonly expires?: string;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly lastTransitionTime: string;
  }[];
  readonly release?: { readonly scopeResourceVersion: string };
}
const shown = (
  of: LedgerEntry,
  verdict?: Verdict,
  request = view(),
  protection: typeof TEAM | undefined = TEAM,
) => {
  const status = requestStatus(of, request, SCOPE, protection, verdict);
  // what the API server would not take would be lost in silence
  requestStatusSchema.parse(status);
  return status as unknown as Shown;
};
const ready = ({ conditions }: Shown) => {
  const one = conditions.find(({ type }) => type === 'Ready');
  return `${one?.status} ${one?.reason}`;
};

describe('a request says', () => {
  it.each<[string, Partial<LedgerEntry>, string, string]>([
    ['that it waits', {}, 'Waiting', 'False AwaitingApproval'],
    ['that it was released', { state: 'Released', grant: grant() }, 'Released', 'True Released'],
    ['that it was rejected', { state: 'Rejected' }, 'Rejected', 'False Rejected'],
    ['that its rejection was withdrawn', { state: 'Withdrawn' }, 'Withdrawn', 'False RejectionWithdrawn'],
    ['that it was revoked', { state: 'Revoked', grant: grant() }, 'Revoked', 'False Revoked'],
    ['that nobody decided in time', { state: 'Expired' }, 'Expired', 'False RequestExpired'],
    ['that its release has ended', { state: 'Expired', grant: grant() }, 'Expired', 'False GrantExpired'],
  ])('%s, though no decision was about it', (_, change, state, condition) => {
    const status = shown(entry(change));
    expect([status.state, ready(status)]).toEqual([state, condition]);
  });

  it('what the decision says of it, where one was about it', () => {
    const status = shown(entry(), {
      kind: 'undecidable',
      until: undefined,
      reason: 'ApprovalUnknown',
      message: 'no answer',
    });
    expect([status.state, ready(status)]).toEqual(['Waiting', 'False ApprovalUnknown']);
  });

  it.each<[string, LedgerEntry, Verdict | undefined, string | undefined]>([
    ['how many approvals count, of those that are needed', entry(), waiting([needs(1, 2)]), '1/2'],
    ['all of them, while only the timer runs', entry(), waiting([{ kind: 'timer', until: DECIDED }]), '2/2'],
    ['nothing of them, where they are not known', entry(), undefined, undefined],
    ['those that it was released with', entry({ state: 'Released', grant: grant() }), undefined, '2/2'],
    [
      'those of one person once',
      entry({ state: 'Released', grant: grant({ votes: votes('ana', 'ana') }) }),
      undefined,
      '1/2',
    ],
    [
      'those that it was released with, though fewer are needed now',
      entry({ state: 'Released', grant: grant({ votes: votes('a', 'b', 'c') }) }),
      undefined,
      '3/3',
    ],
  ])('%s', (_, of, verdict, approvals) => {
    expect(shown(of, verdict).approvals).toBe(approvals);
  });

  it.each<[string, LedgerEntry['authors'], string]>([
    ['everybody', { names: ['dev', 'eve'], complete: true }, 'dev, eve'],
    ['that there may be others', { names: ['dev'], complete: false }, 'dev and maybe others'],
    ['that it is not known', { names: [], complete: false }, 'unknown'],
    [
      'as many as fit',
      { names: ['x'.repeat(256), 'y'.repeat(256), 'z'.repeat(256), 'w'.repeat(256)], complete: false },
      `${['x', 'y', 'z', 'w']
        .map((letter) => letter.repeat(256))
        .join(', ')
        .slice(0, 1_000)}… and maybe others`,
    ],
  ])('who asked: %s', (_, authors, text) => {
    expect(shown(entry({ authors })).authors).toBe(text);
  });

  it.each<[string, Partial<LedgerEntry>, string | undefined]>([
    ['how long it may wait', {}, '2026-01-31T00:00:00Z'],
    [
      'how long its release lasts',
      { state: 'Released', grant: grant({ expiresAt: DECIDED }) },
      '2026-01-01T01:00:00Z',
    ],
    ['nothing, where it lasts', { state: 'Released', grant: grant() }, undefined],
    ['nothing, once it has ended', { state: 'Expired', grant: grant({ expiresAt: DECIDED }) }, undefined],
  ])('until when: %s', (_, change, expires) => {
    expect(shown(entry(change)).expires).toBe(expires);
  });

  it('how it was released, on which version of the scope, and keeps that', () => {
    const of = entry({ state: 'Released', grant: grant() });
    const status = shown(of);
    expect(status.release).toEqual({
      at: '2026-01-01T01:00:00Z',
      by: 'approve',
      votes: votes('ana', 'ben').map((vote) => ({ ...vote, castAt: '2026-01-01T00:00:00Z' })),
      scopeResourceVersion: '77',
    });
    const before = view({ release: { scopeResourceVersion: '12' } });
    expect(shown(of, undefined, before).release?.scopeResourceVersion).toBe('12');
  });

  it('between decision and Secret that it is being released, and by whom', () => {
    const status = releasingStatus(entry({ state: 'Released', grant: grant() }), view(), SCOPE);
    expect(requestStatusSchema.parse(status)).toMatchObject({
      state: 'Releasing',
      release: { by: 'approve', scopeResourceVersion: '77' },
      conditions: [{ type: 'Ready', status: 'False', reason: 'Progressing' }, { type: 'Reconciling' }],
    });
  });

  it('when that changed: at the decision, and not again', () => {
    const of = entry({ state: 'Rejected', decided: { at: DECIDED, votes: [], askedAgain: '' } });
    const status = shown(of);
    expect(status.conditions[0]?.lastTransitionTime).toBe('2026-01-01T01:00:00Z');
    expect(
      shown({ ...of, decided: { at: DECIDED + 5_000, votes: [], askedAgain: '' } }, undefined, view(status)),
    ).toEqual(status);
  });
});

describe('a vote says', () => {
  const weight = (kind: VoteWeight['kind']): { weight: VoteWeight } => ({
    weight: {
      kind,
      reason: kind === 'counts' ? 'VoteCounted' : 'NotAReviewer',
      message: 'because',
    } as VoteWeight,
  });
  const vote = (status?: unknown) =>
    reviewView({
      ...raw('RequestReview', 'prod/vote', {}, { generation: 3 }),
      ...(status !== undefined && { status }),
    } as never);
  const now = '2026-01-01T02:00:00Z';

  it.each([
    ['counts', 'True'],
    ['void', 'False'],
    ['undecidable', 'Unknown'],
  ] as const)('whether it counted: %s', (kind, status) => {
    const said = reviewStatus(weight(kind), vote(), now);
    requestReviewKind.status.parse(said);
    expect(said).toMatchObject({
      observedGeneration: 3,
      conditions: [{ type: 'Counted', status, message: 'because', lastTransitionTime: now }],
    });
  });

  it('since when: not anew while it is the same', () => {
    const before = reviewStatus(weight('counts'), vote(), now);
    expect(reviewStatus(weight('counts'), vote(before), '2026-01-01T03:00:00Z')).toEqual(before);
    expect(reviewStatus(weight('void'), vote(before), '2026-01-01T03:00:00Z')).toMatchObject({
      conditions: [{ lastTransitionTime: '2026-01-01T03:00:00Z' }],
    });
  });
});
