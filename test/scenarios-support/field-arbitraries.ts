/**
 * Owns: random values of the fields of a scope, nearly always legal.
 * Used by: spec-arbitrary.ts. Keys of maps are always legal: the API server cannot check those.
 */
import fc from 'fast-check';

/** Legal values nearly always, so that a whole spec is legal often enough. */
export function mostly<T>(legal: readonly T[], illegal: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom<unknown>(...legal) },
    { weight: 1, arbitrary: fc.constantFrom(...illegal) },
  );
}

export type Fields = Record<string, fc.Arbitrary<unknown>>;
export const object = (required: Fields, optional: Fields = {}) =>
  fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) });
export const list = (item: fc.Arbitrary<unknown>, max = 3) => fc.array(item, { maxLength: max });

export const secretName = mostly(
  ['_', 'X'.repeat(253), ...Array.from({ length: 60 }, (_, index) => `NAME_${index}`)],
  ['GITHUB_X', 'lower', '1A', '', 'X'.repeat(254), 'A B', 'A\n', 7],
);
export const objectName = mostly(
  ['a.b-c', 'x'.repeat(253), ...Array.from({ length: 30 }, (_, index) => `web-${index}`)],
  ['Web', '-a', 'a/b', '', 'x'.repeat(254)],
);
export const namespace = mostly(['team-web', 'a', 'n'.repeat(63)], ['team.web', 'A', '', 'n'.repeat(64)]);
export const flag = mostly([true, false], ['true', 1]);
const duration = mostly(['5m', '1h30m', '720h', '500ms'], ['30d', '', '5', '1.5h', 300]);
const labelMap = mostly(
  [{}, { org: 'acme' }, { 'example.com/a': '' }],
  [{ a: 'v'.repeat(64) }, { a: 1 }, 'a=b'],
);

export const groupName = mostly(['a', 'b', 'c', 'd', 'e', 'f', 'g'], ['']);

export const selector = object(
  {},
  {
    matchLabels: labelMap,
    matchExpressions: list(
      object(
        { key: mostly(['org', 'example.com/team'], ['']), operator: mostly(['In', 'Exists'], ['Equals']) },
        { values: list(mostly(['acme', ''], [1])) },
      ),
      1,
    ),
  },
);
export const repository = object({ namespace, name: objectName });
const visibility = mostly(['All', 'Private', 'Selected'], ['Public', 'all']);
export const access = fc.oneof(
  { weight: 8, arbitrary: object({ visibility }) },
  {
    weight: 8,
    arbitrary: object(
      { visibility: fc.constant('Selected') },
      {
        repositories: list(repository),
        namespaces: selector,
        groups: list(groupName, 2),
      },
    ),
  },
  { weight: 1, arbitrary: object({ visibility, repositories: list(repository, 1) }) },
);
export const source = object(
  { key: mostly(['acme/web/db', 'k', 'k'.repeat(512)], ['a b', '', 'k'.repeat(513), 'ä']) },
  {
    version: mostly(['1', 'AWSCURRENT'], ['']),
    property: mostly(['url', '/a/b', 'a b'], ['', 'a\tb']),
    encoding: mostly(['None', 'Base64', 'Base64URL'], ['base64']),
  },
);
const reviewer = fc.oneof(
  {
    weight: 12,
    arbitrary: object({
      kind: mostly(['User', 'Group'], ['Robot']),
      name: mostly(['ana@acme.dev', 'leads'], ['system:masters', 'a b', '']),
    }),
  },
  {
    weight: 4,
    arbitrary: object({
      kind: fc.constant('ServiceAccount'),
      name: fc.constant('bot'),
      namespace: mostly(['ci'], ['']),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'User', name: 'ana', namespace: 'ci' }) },
);
const policy = mostly(['Delete', 'Retain'], ['Keep']);
export const protection = object(
  {},
  {
    requiredReviewers: list(reviewer, 2),
    minApprovals: mostly([1, 6], [0, 7, 1.5, '1']),
    waitTimerMinutes: mostly([0, 43_200], [-1, 43_201]),
    preventSelfReview: flag,
    pin: mostly(['Access', 'Version'], ['None']),
    pendingTTL: duration,
    onRevoke: policy,
    onExpiry: policy,
    allowBypass: flag,
  },
);
const docker = object({
  registries: fc.constant([{ server: 'ghcr.io', username: 'u', password: '${TOKEN}' }]),
});
export const target = object(
  { secretName: objectName },
  {
    include: list(secretName, 2),
    includeAll: flag,
    keys: mostly([{}, { A: 'a' }, { A: '.dockerconfigjson' }], [{ A: 'a/b' }, { A: '' }]),
    onMissing: mostly(['Report', 'Empty'], ['Fail']),
    type: fc.oneof(
      { weight: 6, arbitrary: mostly(['Opaque', 'kubernetes.io/tls'], ['bootstrap.kubernetes.io/token']) },
      { weight: 1, arbitrary: fc.constant('kubernetes.io/dockerconfigjson') },
    ),
    labels: mostly([{ app: 'web' }], [{ 'kubernetes.io/x': 'y' }, { 'secretscope.dev/managed': 'true' }]),
    annotations: mostly([{ note: 'a b' }], [{ 'a.k8s.io/x': 'y' }, { note: 'a\nb' }]),
    template: mostly([{ 'app.ini': 'x=${A}' }], [{ a: '' }, { a: 1 }]),
    namespaces: selector,
    deletionPolicy: policy,
    restart: object(
      {},
      { workloads: list(object({ kind: mostly(['Deployment'], ['Pod']), name: objectName }), 1) },
    ),
  },
);
export const dockerTarget = object({ secretName: objectName, dockerConfig: docker });
