import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { resource } from '../kube/kube-objects.ts';
import { ENROLLMENT_NAME, type EnrollmentBinding, type EnrollmentRole } from '../model/enrollment.ts';

const rbac = (kind: string, plural: string) =>
  resource({ group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced: true });
const TYPES = { Role: rbac('Role', 'roles'), RoleBinding: rbac('RoleBinding', 'rolebindings') };

/** Applies Roles and RoleBindings as the caller, in the order given. */
export async function applyRbac(
  kube: KubeClient,
  manifests: readonly (EnrollmentRole | EnrollmentBinding)[],
): Promise<void> {
  for (const manifest of manifests) {
    const type = manifest.kind === 'Role' ? TYPES.Role : TYPES.RoleBinding;
    await kube.apply(
      type,
      { ...manifest, metadata: { ...manifest.metadata } },
      { fieldManager: 'secretscope-cli', force: true },
    );
  }
}

/** The service accounts that an earlier enrolment of the namespace names. */
export async function lentAccounts(kube: KubeClient, namespace: string): Promise<string[]> {
  try {
    const role = await kube.get(TYPES.Role, { namespace, name: ENROLLMENT_NAME });
    const rules = 'rules' in role ? (role.rules as EnrollmentRole['rules']) : [];
    return rules
      .filter(({ resources }) => resources.includes('serviceaccounts/token'))
      .flatMap(({ resourceNames = [] }) => [...resourceNames]);
  } catch (error) {
    if (isKubeError(error, 'notFound')) return [];
    throw error;
  }
}
