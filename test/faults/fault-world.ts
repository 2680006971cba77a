/**
 * Owns: the namespaces that every scenario lives in, one scenario after the other, and short words for what is in them.
 * Used by: the scenarios, and by whoever has to find what they left there.
 */
import { RBAC } from '../scenarios-support/guarded-cluster.ts';
import { READER, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';

export const ORG = 'acme-org';
export const WEB = 'team-web';
export const LAB = 'team-lab';
export const NAMESPACES = [ORG, WEB, LAB] as const;

// long and unlike anything else, so that it is found wherever it leaks
export const OWN_ONE = 'canary-own-one-Nf5jGk1Ua0Ee';

export const OWN = { name: 'OWN', from: { key: 'own', property: 'value' } };
export const ownSource = (value: string): Thing => secretThing(WEB, 'own', { value });

/** Sources may be written by the account of the backend there, and by nobody else who is part of the product. */
export const WRITER = `system:serviceaccount:${WEB}:${READER}`;

export function writerIn(namespace: string): Thing {
  const rules = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ];
  return { apiVersion: RBAC, kind: 'Role', metadata: { name: READER, namespace }, rules };
}

export const repository = (name: string, namespace: string, spec: object): Thing =>
  scopeThing(name, namespace, { level: 'Repository', ...spec });
export const target = (secretName: string, ...include: string[]) => ({ secretName, include });
