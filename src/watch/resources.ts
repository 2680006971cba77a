import { type KubeObject, type ResourceType, resource } from '../kube/kube-objects.ts';
import { GROUP, VERSION } from '../model/kinds/common.ts';
import { clusterSecretBackendKind, secretBackendKind } from '../model/kinds/secret-backend.ts';
import { secretScopeKind } from '../model/kinds/secret-scope.ts';

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
export { NAMESPACES } from '../kube/kube-objects.ts';
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
