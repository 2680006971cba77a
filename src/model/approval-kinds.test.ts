/** The kinds of approval, as the runtime check takes and refuses them. */
import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds/all-kinds.ts';
import type { Violation } from './validate.ts';
import { type Parsed, parseLedger, parseRequest, parseReview } from './validate.ts';

const metadata = { name: 'x', namespace: 'team-web-prod', uid: 'u', resourceVersion: '1' };
const subject = `v1:sha256:${'0'.repeat(64)}`;
const scopeRef = { name: 'web-production', uid: 'uid-1' };
const requestRef = { name: 'web-production-web-1', uid: 'uid-2' };
const reviewer = { username: 'ana@acme.dev' };
const review = {
  scopeRef,
  requestRef,
  subject,
  decision: 'Approve',
  as: { kind: 'User', name: 'ana@acme.dev' },
  reviewer,
};
const request = {
  scopeRef,
  consumer: { kind: 'Target', namespace: 'team-web-prod', name: 'web' },
  subject,
  pin: 'Access',
  secrets: [],
  authors: ['ana@acme.dev'],
  authorsComplete: true,
};
const ledger = { scope: { ...scopeRef, namespace: 'team-web-prod' } };

const paths = (parsed: Parsed<unknown>) =>
  parsed.kind === 'ok' ? [] : parsed.violations.map(({ path }: Violation) => path);
const reviewOf = (change: object) => paths(parseReview({ metadata, spec: { ...review, ...change } }));
const requestOf = (change: object) => paths(parseRequest({ metadata, spec: { ...request, ...change } }));
const ledgerOf = (change: object) => paths(parseLedger({ metadata, spec: { ...ledger, ...change } }));

describe('a vote', () => {
  it('is taken as it is meant to be', () => {
    expect(reviewOf({})).toEqual([]);
    expect(reviewOf({ as: { kind: 'Group', name: 'web-leads' }, comment: 'looks right' })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['THREATS 13: a bypass without a reason', { decision: 'Bypass' }, 'spec.comment'],
    ['… or with an empty one', { decision: 'Bypass', comment: '' }, 'spec.comment'],
    ['another decision', { decision: 'Maybe' }, 'spec.decision'],
    ['no reviewer', { reviewer: undefined }, 'spec.reviewer'],
    [
      'API-REVIEW 6: the wildcards of RBAC as a capacity',
      { as: { kind: 'Group', name: 'system:authenticated' } },
      'spec.as',
    ],
    ['a subject that is none', { subject: 'sha256:0' }, 'spec.subject'],
    ['THREATS 24: a comment that would write to a terminal', { comment: '\u001b[2J' }, 'spec.comment'],
    ['… or over several lines', { comment: 'a\nb' }, 'spec.comment'],
    ['… or of more than 256 characters', { comment: 'x'.repeat(257) }, 'spec.comment'],
    [
      'THREATS 13: the groups of the voter',
      { reviewer: { ...reviewer, groups: [] } },
      'spec.reviewer.groups',
    ],
  ])('is refused with %s', (_what, change, path) => {
    expect(reviewOf(change)).toEqual([path]);
  });
});

describe('a request', () => {
  const line = {
    name: 'A',
    change: 'Added',
    level: 'Environment',
    scope: { ...scopeRef, namespace: 'team-web-prod' },
    backend: { kind: 'SecretBackend', name: 'aws', uid: 'b', provider: 'aws', identity: '{}' },
    key: 'acme/a',
  };

  it('is taken as it is meant to be', () => {
    expect(
      requestOf({ secrets: [line], keys: [{ key: 'A', change: 'Added', content: 'Value', name: 'A' }] }),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['one name twice', { secrets: [line, line] }, 'spec.secrets[1]'],
    ['a value', { secrets: [{ ...line, value: 'x' }] }, 'spec.secrets[0].value'],
    ['one author twice', { authors: ['ana', 'ana'] }, 'spec.authors[1]'],
    [
      'API-REVIEW 5: more than 32 authors',
      { authors: Array.from({ length: 33 }, (_, n) => `dev-${n}`) },
      'spec.authors',
    ],
    ['another kind of consumer', { consumer: { ...request.consumer, kind: 'Pod' } }, 'spec.consumer.kind'],
  ])('is refused with %s', (_what, change, path) => {
    expect(requestOf(change)).toEqual([path]);
  });
});

describe('a ledger', () => {
  it('is taken with nothing to remember yet', () => {
    expect(ledgerOf({})).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'a state that is none',
      {
        requests: [{ ...requestRef, consumer: request.consumer, subject, state: 'Approved', createdAt: 'x' }],
      },
      'spec.requests[0].state',
    ],
    [
      'one object pinned to two UIDs',
      { pinned: [1, 2].map((n) => ({ kind: 'SecretScope', namespace: 'a', name: 'b', uid: `u${n}` })) },
      'spec.pinned[1]',
    ],
  ])('is refused with %s', (_what, change, path) => {
    expect(ledgerOf(change)).toEqual([path]);
  });
});

describe('the kinds of approval', () => {
  const kind = (name: string) => KINDS.find((one) => one.kind === name);
  const columns = (name: string) =>
    kind(name)
      ?.columns.filter(({ priority }) => !priority)
      .map((one) => one.name);

  it('API-REVIEW 22: the inbox of reviewers shows scope, state, approvals, authors and expiry, as text', () => {
    expect(columns('SecretRequest')).toEqual(['Scope', 'State', 'Approvals', 'Authors', 'Expires', 'Age']);
    expect(kind('SecretRequest')?.columns.find(({ name }) => name === 'Expires')?.type).toBe('string');
  });

  it('THREATS 21: votes are found by the UID of their request', () => {
    expect(kind('RequestReview')?.selectableFields).toContain('.spec.requestRef.uid');
  });
});
