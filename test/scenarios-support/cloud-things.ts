/**
 * Owns: the names, values and objects that scenarios of the clouds have in common.
 * Used by: cloud-world.ts and what is run in it.
 */
import { enrollmentManifests } from '../../src/model/enrollment.ts';
import { OPERATOR_NAMESPACE, RBAC } from './guarded-cluster.ts';
import type { Thing } from './person.ts';

/** Where the identity lives that reads for everybody; no Secret is delivered there. */
export const KEEPER = 'acme-keeper';
/** Where a stored credential lies. */
export const SAFE = 'acme-safe';
export const TEAM = 'team-web';
export const ACCOUNT = { namespace: KEEPER, name: 'cloud-reader' };
export const SHARED = 'shared';
// in every value that these scenarios store, so that one search finds them all
export const CANARY = 'cAnary7-1e5f';
export const canaryOf = (what: string) => `${CANARY}-${what}`;

/** What a condition says. */
export interface Said {
  /** Ready if absent */
  readonly type?: string;
  readonly reason: string;
}

/** Where the value of an entry is kept. */
export type From = Readonly<Record<string, string>>;

export const subjectOf = ({ namespace, name }: { namespace: string; name: string }) =>
  `system:serviceaccount:${namespace}:${name}`;

export const namespaceThing = (name: string, labels: Readonly<Record<string, string>> = {}): Thing => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

/** A service account, and that it lends its identity; it has no right of its own. */
export function lenderIn(namespace: string, name: string): Thing[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { name: `${name}-lends`, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'secretscope-lender' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

export function enrolled(
  namespace: string,
  rights: { readonly serviceAccounts: readonly string[]; readonly secrets: boolean },
): Thing[] {
  return enrollmentManifests({ namespace, operatorNamespace: OPERATOR_NAMESPACE, ...rights }).map(
    (manifest) => ({ ...manifest, metadata: { ...manifest.metadata } }),
  );
}

/** The namespaces of a scenario, who lends an identity there, and what the operator may do. */
export const setting: readonly Thing[] = [
  namespaceThing(KEEPER),
  ...lenderIn(KEEPER, ACCOUNT.name),
  ...enrolled(KEEPER, { serviceAccounts: [ACCOUNT.name], secrets: false }),
  namespaceThing(SAFE),
  ...enrolled(SAFE, { serviceAccounts: [], secrets: true }),
  namespaceThing(TEAM, { org: 'acme' }),
  ...enrolled(TEAM, { serviceAccounts: [], secrets: true }),
];
