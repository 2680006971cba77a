/**
 * Owns: the smallest and the largest objects of the kinds of approval.
 * Used by: crd-schema.test.ts, largest-objects.ts.
 */
import { MAX_VOTES } from '../../src/model/approval.ts';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { MAX_REQUESTS } from '../../src/model/kinds/scope-ledger.ts';
import type { LargeObject } from './largest-objects.ts';

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const padded = (prefix: string, index: number, length: number, fill: string): string =>
  `${prefix}${String(index).padStart(5, '0')}`.padEnd(length, fill);

const objectName = (index: number): string => padded('object-', index, 253, 'x');
const namespace = (index: number): string => padded('team-', index, 63, 'x');
const person = (index: number): string => padded('person-', index, 64, 'x');
const uid = (index: number): string => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`;

const scopeRef = { name: objectName(0), uid: uid(0) };
const requestRef = { name: objectName(1), uid: uid(1) };
const subject = `v1:sha256:${'0'.repeat(64)}`;
const at = '2026-01-01T00:00:00Z';

/** The smallest request that there is. */
export const REQUEST = {
  scopeRef,
  consumer: { kind: 'Target', namespace: 'default', name: 'web' },
  subject,
  pin: 'Access',
  secrets: [],
  authors: [],
  authorsComplete: false,
};

/** The smallest vote that there is. */
export const REVIEW = {
  scopeRef,
  requestRef,
  subject,
  decision: 'Approve',
  as: { kind: 'User', name: 'ana' },
  reviewer: { username: 'ana' },
};

const write = (index: number) => ({
  name: padded('SECRET_', index, 253, 'X'),
  action: 'Delete',
  digest: `sha256:${'0'.repeat(64)}`,
  created: '2026-01-01T00:00:00.000Z',
  at,
  done: true,
});

const secretLine = (index: number) => ({
  name: padded('SECRET_', index, 253, 'X'),
  change: 'Changed',
  level: 'Organization',
  scope: { ...scopeRef, namespace: namespace(0) },
  locked: true,
  backend: {
    kind: 'SecretBackend',
    namespace: namespace(0),
    name: 'b'.repeat(63),
    uid: uid(2),
    provider: 'aws',
    identity: 'i'.repeat(120),
  },
  key: 'k'.repeat(120),
  property: 'p',
  encoding: 'Base64URL',
  version: 'v'.repeat(36),
  versionFixed: true,
});

const vote = (index: number) => ({
  uid: uid(index),
  username: person(index),
  decision: 'Approve',
  castAt: at,
});

const ledgerRequest = (index: number) => ({
  uid: uid(index),
  name: `web-production-web-${index}`,
  consumer: { kind: 'SecretClaim', namespace: namespace(0), name: `claim-${index}`, uid: uid(index) },
  subject,
  state: 'Revoked',
  createdAt: at,
  askedAgain: 'again',
  decided: { at, votes: times(MAX_VOTES, vote), askedAgain: 'again', secret: 'Delete' },
  grant: { at, by: 'approve', votes: times(MAX_VOTES, vote), expiresAt: at },
});

function approval(title: string, kind: string, name: string, spec: object, change: object = {}): LargeObject {
  const object = { apiVersion: API_VERSION, kind, metadata: { name }, spec: { ...spec } };
  return { title, plural: `${kind.toLowerCase()}s`, namespaced: true, change, object };
}

/** The largest of each kind, in the shapes that cost the API server most. */
export const APPROVAL_OBJECTS: readonly LargeObject[] = [
  approval('a SecretRequest of 300 secrets', 'SecretRequest', 'largest', {
    ...REQUEST,
    secret: { name: objectName(3), type: 'Opaque' },
    secrets: times(300, secretLine),
    keys: times(300, (index) => ({ key: `k${index}`, change: 'Added', content: 'Value', name: `N${index}` })),
    namespaces: times(256, (index) => ({ name: namespace(index), change: 'Added' })),
    replaces: requestRef,
    authors: times(32, person),
  }),
  approval('a SecretRequest of 31 templates', 'SecretRequest', 'templates', {
    ...REQUEST,
    keys: times(31, (index) => ({
      key: `t${index}`,
      change: 'Added',
      content: 'Template',
      text: 't'.repeat(16_384),
    })),
  }),
  approval('a RequestReview with the longest names', 'RequestReview', 'largest', {
    ...REVIEW,
    as: { kind: 'ServiceAccount', namespace: namespace(0), name: 'x'.repeat(256) },
    comment: 'c'.repeat(256),
    reviewer: { username: 'u'.repeat(256), uid: 'i'.repeat(256) },
  }),
  approval(
    `a ScopeLedger of ${MAX_REQUESTS} requests`,
    'ScopeLedger',
    uid(0),
    {
      scope: { ...scopeRef, namespace: namespace(0) },
      authors: times(32, person),
      policies: {
        inForceSince: at,
        seen: times(32, (index) => ({ name: objectName(index), uid: uid(index), generation: index })),
      },
      requests: times(MAX_REQUESTS, ledgerRequest),
      pinned: times(64, (index) => ({
        kind: 'SecretScope',
        namespace: namespace(index),
        name: `scope-${index}`,
        uid: uid(index),
      })),
      writes: times(100, write),
    },
    { authorsComplete: true },
  ),
  approval('a ScopeLedger of 1,000 writes', 'ScopeLedger', uid(1), {
    scope: { ...scopeRef, uid: uid(1), namespace: namespace(0) },
    writes: times(1_000, write),
  }),
];
