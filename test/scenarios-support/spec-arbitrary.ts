/**
 * Owns: random specs of scopes, about half of them legal, most of the others with one fault.
 * Used by: schema-agreement.test.ts. Keys of maps are always legal: the API server cannot check those.
 */
import fc from 'fast-check';
import { LEVELS, type Level } from '../../src/model/kinds/secret-scope.ts';

/** Legal values nearly always, so that a whole spec is legal often enough. */
function mostly<T>(legal: readonly T[], illegal: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom<unknown>(...legal) },
    { weight: 1, arbitrary: fc.constantFrom(...illegal) },
  );
}

type Fields = Record<string, fc.Arbitrary<unknown>>;
const object = (required: Fields, optional: Fields = {}) =>
  fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) });
const list = (item: fc.Arbitrary<unknown>, max = 3) => fc.array(item, { maxLength: max });

const secretName = mostly(
  ['NPM_TOKEN', '_', 'A1', 'DATABASE_URL', 'X'.repeat(253)],
  ['GITHUB_X', 'lower', '1A', '', 'X'.repeat(254), 'A B', 'A\n', 7],
);
const objectName = mostly(['web', 'a.b-c', 'x'.repeat(253)], ['Web', '-a', 'a/b', '', 'x'.repeat(254)]);
const namespace = mostly(['team-web', 'a', 'n'.repeat(63)], ['team.web', 'A', '', 'n'.repeat(64)]);
const flag = mostly([true, false], ['true', 1]);
const duration = mostly(['5m', '1h30m', '720h', '500ms'], ['30d', '', '5', '1.5h', 300]);
const labelMap = mostly(
  [{}, { org: 'acme' }, { 'example.com/a': '' }],
  [{ a: 'v'.repeat(64) }, { a: 1 }, 'a=b'],
);

const selector = object(
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
const repository = object({ namespace, name: objectName });
const visibility = mostly(['All', 'Private', 'Selected'], ['Public', 'all']);
const access = fc.oneof(
  { weight: 8, arbitrary: object({ visibility }) },
  {
    weight: 8,
    arbitrary: object(
      { visibility: fc.constant('Selected') },
      {
        repositories: list(repository),
        namespaces: selector,
        groups: list(mostly(['a', 'b', 'c'], ['']), 2),
      },
    ),
  },
  { weight: 1, arbitrary: object({ visibility, repositories: list(repository, 1) }) },
);
const source = object(
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
const protection = object(
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
const target = object(
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
const dockerTarget = object({ secretName: objectName, dockerConfig: docker });

const backendRef = object({
  kind: mostly(['SecretBackend', 'ClusterSecretBackend'], ['Vault']),
  name: objectName,
});
const prefix = mostly(['acme/', 'a.', 'a/b/'], ['acme', '', 'a b/']);
const child = object(
  { namespaces: selector },
  { visibility: mostly(['Public', 'Internal', 'Private'], ['Secret']), trusted: flag },
);

const everywhere: Fields = { consumers: list(object({ namespaces: selector }), 2), suspend: flag };
const parented: Fields = {
  parentRef: object({ name: objectName }, { namespace }),
  targets: list(fc.oneof({ weight: 5, arbitrary: target }, { weight: 1, arbitrary: dockerTarget }), 2),
};
const entries = (more: Fields): Fields => ({
  secrets: list(object({ name: secretName, from: source }, { locked: flag, ...more })),
  discover: list(object({ prefix }, more), 2),
});

const OPTIONAL: Record<Level, Fields> = {
  Organization: {
    ...everywhere,
    ...entries({ access }),
    children: list(child, 2),
    accessGroups: list(
      object(
        { name: mostly(['a', 'b', 'c'], ['']) },
        { repositories: list(repository, 2), namespaces: selector },
      ),
      2,
    ),
  },
  Repository: { ...everywhere, ...entries({}), ...parented, children: list(child, 2) },
  Environment: {
    ...everywhere,
    ...entries({}),
    ...parented,
    protection,
    environmentName: mostly(['production', 'My Env'], ['', 'a\nb']),
  },
};

/** A field that this level, or every level, does not have. */
const misplaced = mostly(
  [{}],
  [
    { protection: {} },
    { environmentName: 'e' },
    { accessGroups: [] },
    { targets: [] },
    { children: [] },
    { parentRef: { name: 'p' } },
    { parentRef: undefined },
    { backendRef: undefined },
    { fromTheFuture: true },
  ],
) as fc.Arbitrary<object>;

const ofLevel = (level: Level) =>
  fc.record(
    {
      level: mostly([level], ['Team']),
      backendRef,
      ...OPTIONAL[level],
    },
    { requiredKeys: ['level', 'backendRef', ...(level === 'Environment' ? ['parentRef'] : [])] },
  );

export const scopeSpecs: fc.Arbitrary<object> = fc
  .tuple(fc.constantFrom(...LEVELS).chain(ofLevel), misplaced)
  .map(([spec, fault]) => ({ ...spec, ...fault }));
