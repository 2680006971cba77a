import { type KubeObject, type ResourceType, resource } from '../kube/kube-objects.ts';
import { GROUP, VERSION } from '../model/kinds/common.ts';
import { requestReviewKind } from '../model/kinds/request-review.ts';
import { scopeLedgerKind } from '../model/kinds/scope-ledger.ts';
import { sealedValueKind } from '../model/kinds/sealed-value.ts';
import { clusterSecretBackendKind, secretBackendKind } from '../model/kinds/secret-backend.ts';
import { secretClaimKind } from '../model/kinds/secret-claim.ts';
import { secretRequestKind } from '../model/kinds/secret-request.ts';
import { secretScopeKind } from '../model/kinds/secret-scope.ts';
import { webhookAutomationKind } from '../model/kinds/webhook-automation.ts';
import type { PolicyKind } from '../model/policy-shape.ts';

const ours = (kind: { kind: string; plural: string; namespaced: boolean }): ResourceType<KubeObject> =>
  resource({
    group: GROUP,
    version: VERSION,
    plural: kind.plural,
    kind: kind.kind,
    namespaced: kind.namespaced,
  });

export const SCOPES = ours(secretScopeKind);
export const BACKENDS = ours(secretBackendKind);
export const CLUSTER_BACKENDS = ours(clusterSecretBackendKind);
export const CLAIMS = ours(secretClaimKind);
export const AUTOMATIONS = ours(webhookAutomationKind);
export const SEALED_VALUES = ours(sealedValueKind);
export const REQUESTS = ours(secretRequestKind);
export const REVIEWS = ours(requestReviewKind);
export const LEDGERS = ours(scopeLedgerKind);

const policies = (
  kind: PolicyKind,
  plural: string,
): ResourceType<KubeObject> & { readonly kind: PolicyKind } =>
  Object.freeze({ group: 'admissionregistration.k8s.io', version: 'v1', plural, kind, namespaced: false });

export const VALIDATING_POLICIES = policies('ValidatingAdmissionPolicy', 'validatingadmissionpolicies');
export const VALIDATING_BINDINGS = policies(
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
);
/** Served by default from 1.36 on. */
export const MUTATING_POLICIES = policies('MutatingAdmissionPolicy', 'mutatingadmissionpolicies');
export const MUTATING_BINDINGS = policies(
  'MutatingAdmissionPolicyBinding',
  'mutatingadmissionpolicybindings',
);
export const CONFIG_MAPS = resource({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
});
export { NAMESPACES, SECRETS } from '../kube/kube-objects.ts';
export const ROLE_BINDINGS = resource({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
});
export const CRDS = resource({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
});
