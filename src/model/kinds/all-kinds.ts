import type { KindDefinition } from './common.ts';
import { requestReviewKind } from './request-review.ts';
import { scopeLedgerKind } from './scope-ledger.ts';
import { sealedValueKind } from './sealed-value.ts';
import { clusterSecretBackendKind, secretBackendKind } from './secret-backend.ts';
import { secretClaimKind } from './secret-claim.ts';
import { secretRequestKind } from './secret-request.ts';
import { secretScopeKind } from './secret-scope.ts';
import { webhookAutomationKind } from './webhook-automation.ts';

/** Every kind of the product; one CRD in crds/ is generated from each. */
export const KINDS: readonly KindDefinition[] = [
  secretScopeKind,
  secretBackendKind,
  clusterSecretBackendKind,
  secretClaimKind,
  secretRequestKind,
  requestReviewKind,
  scopeLedgerKind,
  sealedValueKind,
  webhookAutomationKind,
];
