import { describe, expect, it } from 'vitest';
import { subjectOf } from '../model/request-subject.ts';
import { SHIPPED_POLICIES } from '../model/shipped-policies.ts';
import { ledgerSpec, requestSpec, reviewSpec, SCOPE_REF } from './approval-fixture.ts';
import { ledgerView, policyView, requestView, reviewView } from './approval-views.ts';
import { raw } from './world-fixture.ts';

describe('the projection of a request', () => {
  const view = (change = {}) => requestView(raw('SecretRequest', 'prod/web-1', requestSpec(change)));

  it('THREATS 13: has the subject that its spec has, and not the one that it says', () => {
    const { spec, subject } = view();
    expect(subject).toEqual(spec.kind === 'ok' ? subjectOf(spec.value) : undefined);
    expect(subject?.digest).not.toBe(spec.kind === 'ok' ? spec.value.subject : undefined);
  });

  it('has none where its spec cannot be read', () => {
    expect(view({ pin: 'Nonsense' })).toMatchObject({ spec: { kind: 'invalid' }, subject: undefined });
  });
});

it('the projection of a vote has its spec, or what is wrong with it', () => {
  const view = (change = {}) => reviewView(raw('RequestReview', 'prod/v', reviewSpec(change)));
  expect(view().spec).toMatchObject({ kind: 'ok', value: { decision: 'Approve' } });
  expect(view({ decision: 'Maybe' }).spec.kind).toBe('invalid');
});

describe('the projection of a ledger', () => {
  const view = (name: string) => ledgerView(raw('ScopeLedger', `system/${name}`, ledgerSpec(), { name }));

  it('is that of the scope for whose UID it is named', () => {
    expect(view(SCOPE_REF.uid).spec.kind).toBe('ok');
  });

  it('THREATS 9: holds nothing where it is named for another scope than it is about', () => {
    expect(view('uid-other').spec.kind).toBe('invalid');
  });
});

describe('the projection of a policy', () => {
  const [shipped] = SHIPPED_POLICIES;
  const { kind, name, spec } = shipped ?? expect.fail();
  const metadata = { generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' };
  const view = (change = {}) =>
    policyView(kind, raw(kind, name, { ...JSON.parse(spec), ...change }, metadata));

  it('says whether it is the shipped one, and keeps nothing of its spec', () => {
    const createdAt = Date.UTC(2026, 0, 1);
    expect(view()).toEqual({ kind, name, uid: `uid-${name}`, generation: 3, createdAt, asShipped: true });
    expect(view({ failurePolicy: 'Ignore', matchConditions: [] }).asShipped).toBe(false);
  });

  it('without a spec is not the shipped one', () => {
    const { spec: _, ...without } = raw(kind, name, {});
    expect(policyView(kind, without).asShipped).toBe(false);
  });
});
