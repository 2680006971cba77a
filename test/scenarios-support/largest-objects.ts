/**
 * Owns: the largest objects that the product promises to take: `SPEC_BUDGET` bytes of spec, in the shapes that
 * cost the API server most (longest names, most items, most rules to evaluate).
 * Used by: crd-schema.test.ts.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { LARGEST_AUTOMATION } from './automation-things.ts';
import { APPROVAL_OBJECTS } from './largest-approvals.ts';
import { LARGEST_CLAIMS } from './largest-claims.ts';
import { LARGEST_SEALED } from './largest-sealed.ts';

/**
 * Bytes of JSON that a spec may have. Server-side apply stores up to 1.4 times as much again to remember who owns
 * which field, a status comes on top, and etcd takes 1.5 MiB in all.
 */
const SPEC_BUDGET = 512 * 1024;
/** Of a ledger, which only the operator writes, whole and without a status: it has no more to fit into etcd's 1.5 MiB. */
const LEDGER_BUDGET = 640 * 1024;

export const budgetOf = ({ object: { kind } }: LargeObject): number =>
  kind === 'ScopeLedger' ? LEDGER_BUDGET : SPEC_BUDGET;

export interface LargeObject {
  readonly title: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** An edit of its spec that is allowed; none where nothing is. */
  readonly change: object;
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: Readonly<Record<string, unknown>>;
  };
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const padded = (prefix: string, index: number, length: number, fill: string): string =>
  `${prefix}${String(index).padStart(5, '0')}`.padEnd(length, fill);

const secretName = (index: number): string => padded('SECRET_', index, 253, 'X');
const objectName = (index: number): string => padded('object-', index, 253, 'x');
const namespace = (index: number): string => padded('team-', index, 63, 'x');
const label = (index: number): string => `${padded('domain-', index, 253, 'x')}/${'n'.repeat(63)}`;

const selector = (labels: number) => ({
  matchLabels: Object.fromEntries(times(labels, (index) => [label(index), 'v'.repeat(63)])),
});
const repository = (index: number) => ({ namespace: namespace(index), name: `repository-${index}` });
const backendRef = { kind: 'ClusterSecretBackend', name: objectName(0) };
const parentRef = { namespace: namespace(0), name: objectName(0) };

function scope(title: string, name: string, spec: Record<string, unknown>): LargeObject {
  const object = { apiVersion: API_VERSION, kind: 'SecretScope', metadata: { name }, spec };
  return { title, plural: 'secretscopes', namespaced: true, change: { suspend: true }, object };
}

const organizations = [
  scope('an Organization of 1,000 entries with the longest names', 'longest-names', {
    level: 'Organization',
    backendRef,
    secrets: times(1000, (index) => ({ name: secretName(index), from: { key: 'k'.repeat(240) } })),
  }),
  // the shortest names cost most: server-side apply keeps a record of each, longer than the field itself
  scope('an Organization with every list full of the shortest names', 'shortest-names', {
    level: 'Organization',
    backendRef,
    accessGroups: times(32, (group) => ({
      name: `g${group}`,
      repositories: times(100, (index) => ({ namespace: 'a', name: `r${index}` })),
    })),
    secrets: times(1000, (index) => ({
      name: `S${index}`,
      from: { key: 'k'.repeat(160), version: '1', property: 'p', encoding: 'Base64' },
      locked: true,
      access: { visibility: 'Selected', groups: times(16, (group) => `g${group}`) },
    })),
  }),
  scope('an Organization of 1,000 entries that name their repositories', 'selected', {
    level: 'Organization',
    backendRef,
    children: times(32, () => ({ namespaces: selector(8), visibility: 'Private', trusted: true })),
    consumers: times(16, () => ({ namespaces: selector(2) })),
    discover: times(16, (index) => ({
      prefix: `${padded('p', index, 511, 'x')}/`,
      access: { visibility: 'All' },
    })),
    secrets: times(1000, (index) => ({
      name: `SECRET_${index}`,
      from: { key: `acme/${index}` },
      access: { visibility: 'Selected', repositories: times(index < 200 ? 5 : 2, repository) },
    })),
  }),
];

/** Data keys by name in the form that the rule on dockerconfigjson has to walk through to its last one. */
const dockerKeys = (count: number) =>
  Object.fromEntries(
    times(count, (index) => [
      padded('N', index, 40, 'X'),
      index === count - 1 ? '.dockerconfigjson' : `key-${index}`,
    ]),
  );

const metadataMap = (value: string) => Object.fromEntries(times(32, (index) => [label(index), value]));

const environments = [
  scope('an Environment with 64 targets and the rules on their keys', 'keys', {
    level: 'Environment',
    parentRef,
    backendRef,
    secrets: times(100, (index) => ({ name: secretName(index), from: { key: 'k'.repeat(512) } })),
    targets: times(64, (index) => ({
      secretName: `target-${index}`,
      type: 'kubernetes.io/dockerconfigjson',
      keys: dockerKeys(125),
    })),
  }),
  scope('an Environment with targets that have all labels and annotations', 'metadata', {
    level: 'Environment',
    parentRef,
    targets: times(20, (index) => ({
      secretName: objectName(index),
      labels: metadataMap('v'.repeat(63)),
      annotations: metadataMap('a'.repeat(63)),
    })),
  }),
  scope('a Repository with targets that name 300 secrets each', 'includes', {
    level: 'Repository',
    parentRef,
    targets: times(6, (index) => ({ secretName: objectName(index), include: times(300, secretName) })),
    consumers: times(16, () => ({ namespaces: selector(6) })),
  }),
  scope('a Repository with 64 targets that name and rename 300 secrets each', 'shortest-includes', {
    level: 'Repository',
    parentRef,
    targets: times(64, (index) => ({
      secretName: `t${index}`,
      include: times(300, (name) => `N${name}`),
      keys: Object.fromEntries(times(300, (name) => [`N${name}`, `k${name}`])),
    })),
  }),
];

const backends: LargeObject[] = [
  {
    title: 'a SecretBackend with the longest names',
    plural: 'secretbackends',
    namespaced: true,
    change: { refreshInterval: '10m' },
    object: {
      apiVersion: API_VERSION,
      kind: 'SecretBackend',
      metadata: { name: 'longest-names' },
      spec: {
        kubernetes: { auth: { serviceAccountRef: { name: objectName(0) } } },
        refreshInterval: '99999h',
      },
    },
  },
  {
    title: 'a ClusterSecretBackend with 256 grants',
    plural: 'clustersecretbackends',
    namespaced: false,
    change: { refreshInterval: '10m' },
    object: {
      apiVersion: API_VERSION,
      kind: 'ClusterSecretBackend',
      metadata: { name: 'grants' },
      spec: {
        kubernetes: { namespace: namespace(0), auth: { serviceAccountRef: { name: objectName(0) } } },
        grants: times(256, () => ({
          namespaces: selector(1),
          keys: times(8, (index) => ({ prefix: `${padded('p', index, 135, 'x')}/` })),
          operations: ['Read', 'Write'],
          protectedBy: parentRef,
        })),
      },
    },
  },
];

/** Every kind, in every shape. */
export const LARGEST_OBJECTS: readonly LargeObject[] = [
  ...organizations,
  ...environments,
  ...backends,
  ...APPROVAL_OBJECTS,
  ...LARGEST_CLAIMS,
  ...LARGEST_SEALED,
  LARGEST_AUTOMATION,
];
