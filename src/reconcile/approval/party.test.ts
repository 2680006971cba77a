import { beforeEach, describe, expect, it } from 'vitest';
import type { Consumer, LedgerEntry } from '../../model/approval.ts';
import type { Protection } from '../../model/kinds/protection.ts';
import type { ClaimView } from '../../watch/views.ts';
import { aScopeView } from '../../watch/world-fixture.ts';
import { SmallOperator } from '../reconcile-fixture.ts';
import { concerns, endsWithTTL, type Party, TARGETS, termsFor } from './party.ts';

const SPEC = { scopeRef: { namespace: 'prod', name: 'web-prod' }, include: ['A'], secretName: 'app' };
const JOB = { kind: 'SecretClaim', namespace: 'ci', name: 'job', uid: 'uid-ci/job' } as const;
const scope = aScopeView('prod/web-prod');

let operator: SmallOperator;
beforeEach(() => {
  operator = new SmallOperator();
  operator.world.claim('ci/job', SPEC);
});

const entryOf = (consumer: Consumer): LedgerEntry => ({
  request: { name: 'web-prod-job-1', uid: 'uid-request' },
  subject: { scopeUID: scope.metadata.uid, consumer, digest: 'v1:x', pin: 'Access', lines: [] },
  askedAgain: '',
  createdAt: 0,
  authors: { names: [], complete: true },
  state: 'Waiting',
});
const claimOf = (place = 'ci/job'): ClaimView => operator.world.claims.get(place) ?? expect.fail();
const partyOf = (place?: string): Party => ({ kind: 'claim', claim: claimOf(place), isOver: false });
const isOf = (party: Party, consumer: Consumer) => concerns(party, entryOf(consumer), scope, operator.deps);

describe('whose an entry of the ledger is', () => {
  it('that of a claim is its own, and not that of the targets', () => {
    expect(isOf(partyOf(), JOB)).toBe(true);
    expect(isOf(TARGETS, JOB)).toBe(false);
  });

  it('that of a target is the scope’s, whatever claim has its name', () => {
    const target = { ...JOB, kind: 'Target', uid: '' } as const;
    expect(isOf(TARGETS, target)).toBe(true);
    expect(isOf(partyOf(), target)).toBe(false);
  });

  it.each([
    ['another name', { name: 'jobs' }],
    ['another namespace', { namespace: 'team' }],
  ])('not that of a claim of %s', (_, change) => {
    expect(isOf(partyOf(), { ...JOB, ...change })).toBe(false);
  });

  it('also that of an earlier claim of the name, which sheds no rejection', () => {
    expect(isOf(partyOf(), { ...JOB, uid: 'uid-before' })).toBe(true);
    expect(isOf(TARGETS, { ...JOB, uid: 'uid-before' })).toBe(false);
  });
});

describe('an entry of a claim is left to the scope', () => {
  it('when the claim is gone', () => {
    operator.world.claims.delete('ci/job');
    expect(isOf(TARGETS, JOB)).toBe(true);
  });

  it('when it is being deleted, whatever keeps it', () => {
    operator.world.claim('ci/job', SPEC, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(isOf(TARGETS, JOB)).toBe(true);
  });

  it('when it asks another scope now', () => {
    operator.world.claim('ci/job', { ...SPEC, scopeRef: { namespace: 'prod', name: 'api' } });
    expect(isOf(TARGETS, JOB)).toBe(true);
  });

  it('and never while claims cannot be told, or this one cannot be read', () => {
    operator.world.claim('ci/job', { scopeRef: {} });
    expect(isOf(TARGETS, JOB)).toBe(false);
    operator.world.claims.delete('ci/job');
    operator.world.claiming = { missing: 'secretclaims is not listed yet' };
    expect(isOf(TARGETS, JOB)).toBe(false);
  });
});

describe('the terms of a claim', () => {
  const PROTECTION: Protection = { requiredReviewers: [{ kind: 'User', name: 'ana' }] };
  const terms = (change: object, protection: Protection | undefined = PROTECTION) => {
    operator.world.claim('ci/job', { ...SPEC, ...change });
    return termsFor(partyOf(), protection);
  };

  it('are those of the scope, where it says nothing', () => {
    expect(terms({})).toEqual(PROTECTION);
    expect(termsFor(TARGETS, PROTECTION)).toBe(PROTECTION);
    operator.world.claim('ci/job', { ...SPEC, mode: 'Snapshot', ttl: '1h' });
    expect(termsFor(partyOf(), undefined)).toBeUndefined();
  });

  it.each([
    ['what nobody said', undefined, '24h'],
    ['more than a day', '25h', '24h'],
    ['less than a day', '2h', '2h'],
  ])('THREATS 23: a Snapshot waits a day at most: %s', (_, pendingTTL, waits) => {
    const protection = { ...PROTECTION, ...(pendingTTL && { pendingTTL }) };
    expect(terms({ mode: 'Snapshot' }, protection)?.pendingTTL).toBe(waits);
    expect(terms({ mode: 'Live' }, protection)?.pendingTTL).toBe(pendingTTL);
  });

  it('end a release with its ttl, and its Secret then goes', () => {
    expect(terms({ ttl: '1h' }, { ...PROTECTION, onExpiry: 'Retain' })).toMatchObject({
      grantTTL: '1h',
      onExpiry: 'Delete',
    });
    expect(terms({ ttl: '1h' }, { ...PROTECTION, grantTTL: '1h' })).toMatchObject({ onExpiry: 'Delete' });
  });

  it('never make a release longer than the scope lets it be', () => {
    const short = { ...PROTECTION, grantTTL: '30m', onExpiry: 'Retain' } as const;
    expect(terms({ ttl: '1h' }, short)).toEqual(short);
    expect(endsWithTTL(short, '1h')).toBe(false);
    expect(endsWithTTL(short, '30m')).toBe(true);
    expect(endsWithTTL(short, undefined)).toBe(false);
  });
});
