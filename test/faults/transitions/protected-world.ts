/**
 * Owns: a world with a protected environment for which nobody votes: whatever is changed of its protection, nothing of it
 * may be delivered. And a key that is granted only through it.
 */
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import { LOCAL, READER, scopeThing } from '../../scenarios-support/operated-cluster.ts';
import type { Thing } from '../../scenarios-support/person.ts';
import { ORG, OWN, OWN_ONE, ownSource, repository, target, WEB } from '../fault-world.ts';
import type { Changes, TransitionWorld } from './transition.ts';

const shared: Thing = {
  apiVersion: API_VERSION,
  kind: 'ClusterSecretBackend',
  metadata: { name: 'shared' },
  spec: {
    kubernetes: { namespace: ORG, auth: { serviceAccountRef: { name: READER } } },
    grants: [
      {
        namespaces: { matchLabels: { org: 'acme' } },
        keys: [{ key: 'guarded' }],
        protectedBy: { namespace: WEB, name: 'prod' },
      },
    ],
  },
};

const objects: readonly Thing[] = [
  ownSource(OWN_ONE),
  repository('app', WEB, { backendRef: LOCAL, secrets: [OWN], targets: [target('app', 'OWN')] }),
  scopeThing('prod', WEB, {
    level: 'Environment',
    environmentName: 'production',
    parentRef: { name: 'app' },
    targets: [target('app-prod', 'OWN')],
    protection: {
      requiredReviewers: [{ kind: 'User', name: 'platform' }],
      minApprovals: 1,
      preventSelfReview: false,
      waitTimerMinutes: 60,
      pin: 'Access',
      pendingTTL: '720h',
      grantTTL: '24h',
      onRevoke: 'Delete',
      onExpiry: 'Retain',
      allowBypass: false,
    },
  }),
  shared,
];

const PROD = 'SecretScope/prod';
const SHARED = 'ClusterSecretBackend/shared';

const protection: Changes = {
  'protection.requiredReviewers[].kind': { on: PROD, refused: 'ServiceAccount' },
  'protection.requiredReviewers[].name': { on: PROD, to: ['other'] },
  'protection.minApprovals': { on: PROD, to: [2] },
  'protection.preventSelfReview': { on: PROD, to: [true] },
  'protection.waitTimerMinutes': { on: PROD, to: [120], stays: true },
  'protection.pin': { on: PROD, to: ['Version'] },
  'protection.pendingTTL': { on: PROD, to: ['24h'] },
  'protection.grantTTL': { on: PROD, to: ['1h'] },
  'protection.onRevoke': { on: PROD, to: ['Retain'] },
  'protection.onExpiry': { on: PROD, to: ['Delete'] },
  'protection.allowBypass': { on: PROD, to: [true] },
};

export const PROTECTED_WORLD: TransitionWorld = {
  name: 'protected',
  gates: true,
  asks: 1,
  objects,
  changes: {
    secretscopes: protection,
    clustersecretbackends: {
      'grants[].keys[].key': { on: SHARED, to: ['other'], stays: true },
      'grants[].protectedBy.namespace': { on: SHARED, to: ['nowhere'], stays: true },
      'grants[].protectedBy.name': { on: SHARED, to: ['nothing'], stays: true },
    },
  },
};
