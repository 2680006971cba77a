/** For tests: requests, votes and ledgers as they are stored, each as small as its schema lets it be. */
import type { Raw } from './world-fixture.ts';

/** A scope `prod/web-prod`; UIDs that others name have no slash, as `raw` would give it one. */
export const SCOPE_REF = { name: 'web-prod', uid: 'uid-web-prod' };
/** A request `prod/web-1`. */
export const REQUEST_REF = { name: 'web-1', uid: 'uid-web-1' };
export const SUBJECT = `v1:sha256:${'0'.repeat(64)}`;

export const requestSpec = (change: Raw['spec'] = {}): Raw['spec'] => ({
  scopeRef: SCOPE_REF,
  consumer: { kind: 'Target', namespace: 'prod', name: 'web' },
  subject: SUBJECT,
  pin: 'Access',
  secrets: [],
  authors: ['ana'],
  authorsComplete: true,
  ...change,
});

export const reviewSpec = (change: Raw['spec'] = {}): Raw['spec'] => ({
  scopeRef: SCOPE_REF,
  requestRef: REQUEST_REF,
  subject: SUBJECT,
  decision: 'Approve',
  as: { kind: 'User', name: 'ben' },
  reviewer: { username: 'ben' },
  ...change,
});

export const ledgerSpec = (change: Raw['spec'] = {}): Raw['spec'] => ({
  scope: { namespace: 'prod', ...SCOPE_REF },
  ...change,
});
