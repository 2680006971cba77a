import type { KindDefinition } from './common.ts';
import { clusterSecretBackendKind, secretBackendKind } from './secret-backend.ts';
import { secretScopeKind } from './secret-scope.ts';

/** Every kind of the product; one CRD in crds/ is generated from each. */
export const KINDS: readonly KindDefinition[] = [
  secretScopeKind,
  secretBackendKind,
  clusterSecretBackendKind,
];
