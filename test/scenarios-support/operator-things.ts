/**
 * Owns: the objects that the operator deals with, for tests of what it may do with them.
 * Used by: operator-bounds.test.ts, namespace-enrollment.test.ts.
 */
import { roleBinding } from './guarded-cluster.ts';
import type { Answer, Person, Thing } from './person.ts';

export const MANAGED = { 'secretscope.dev/managed': 'true' };
/** stands in every Secret made here, and must never come back to whom it does not belong */
export const CANARY = Buffer.from('canary-value').toString('base64');

export function account(name: string, namespace = 'team-web'): Thing {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}

export function secret(name: string, metadata: object = {}, namespace = 'team-web'): Thing {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...metadata },
    data: { PASSWORD: CANARY },
  };
}

export const AUDIENCE = ['https://kubernetes.default.svc.cluster.local'];
/** the longest the operator may ask for, and the shortest the API server gives */
export const BRIEF = { audiences: AUDIENCE, expirationSeconds: 600 };

export function requestToken(
  person: Person,
  name: string,
  spec: object,
  namespace = 'team-web',
): Promise<Answer> {
  return person.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });
}

/** The service account lends its identity to backends of its namespace. */
export function lends(name: string, namespace = 'team-web'): Thing {
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  return { ...roleBinding(name, 'secretscope-lender', namespace), subjects };
}
