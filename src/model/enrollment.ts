/** Marks the RoleBinding by which the operator learns that a namespace is enrolled. */
export const ENROLLMENT_LABEL = 'secretscope.dev/enrollment';
/** Name of the Role and RoleBinding of an enrolment. */
export const ENROLLMENT_NAME = 'secretscope-operator';
/** Name of the Role and RoleBinding that let it restart workloads: apart, so that enrolling again takes nothing away. */
export const RESTARTS_NAME = 'secretscope-restarts';
/** The service account that the operator runs as, in the operator's namespace. */
export const OPERATOR_ACCOUNT = 'secretscope';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

export interface EnrollmentRequest {
  readonly namespace: string;
  readonly operatorNamespace: string;
  /** service accounts of the namespace that backends may read as */
  readonly serviceAccounts: readonly string[];
  /** whether Secrets are delivered here */
  readonly secrets: boolean;
}

export interface RestartRequest {
  readonly namespace: string;
  readonly operatorNamespace: string;
  /** names of the workloads that may be restarted; none: all of the namespace */
  readonly workloads: readonly string[];
}

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface EnrollmentMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EnrollmentRole {
  readonly apiVersion: string;
  readonly kind: 'Role';
  readonly metadata: EnrollmentMetadata;
  readonly rules: readonly PolicyRule[];
}

export interface EnrollmentBinding {
  readonly apiVersion: string;
  readonly kind: 'RoleBinding';
  readonly metadata: EnrollmentMetadata;
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

/**
 * The objects that let the operator into one namespace. They hold nothing that the built-in role `admin` lacks,
 * so a namespace's own admin can create them.
 */
export function enrollmentManifests(
  request: EnrollmentRequest,
): readonly [EnrollmentRole, EnrollmentBinding] {
  const { namespace } = request;
  const metadata = { name: ENROLLMENT_NAME, namespace, labels: { [ENROLLMENT_LABEL]: 'true' } };
  return roleOfOperator(metadata, enrollmentRules(request), request);
}

/**
 * The objects that let the operator restart workloads of one namespace. The right to patch one is the right to run
 * anything in it; the policies operator-restarts* narrow it to one annotation, and `admin` holds it as well.
 */
export function restartManifests(request: RestartRequest): readonly [EnrollmentRole, EnrollmentBinding] {
  const { namespace, workloads } = request;
  const resourceNames = [...new Set(workloads)].sort();
  const rule: PolicyRule = {
    apiGroups: ['apps'],
    resources: ['deployments', 'statefulsets', 'daemonsets'],
    ...(resourceNames.length > 0 && { resourceNames }),
    verbs: ['get', 'patch'],
  };
  return roleOfOperator({ name: RESTARTS_NAME, namespace, labels: RESTARTS_LABELS }, [rule], request);
}

const RESTARTS_LABELS = { 'app.kubernetes.io/part-of': 'secretscope' };

function roleOfOperator(
  metadata: EnrollmentMetadata,
  rules: readonly PolicyRule[],
  { operatorNamespace }: { readonly operatorNamespace: string },
): readonly [EnrollmentRole, EnrollmentBinding] {
  const apiVersion = `${RBAC_GROUP}/v1`;
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: OPERATOR_ACCOUNT, namespace: operatorNamespace }],
    },
  ];
}

function enrollmentRules({ serviceAccounts, secrets }: EnrollmentRequest): PolicyRule[] {
  const rules: PolicyRule[] = [];
  if (secrets)
    rules.push({
      apiGroups: [''],
      resources: ['secrets'],
      verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    });
  // without names this would be the right to become every service account of the namespace
  if (serviceAccounts.length > 0)
    rules.push({
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: [...new Set(serviceAccounts)].sort(),
      verbs: ['create'],
    });
  return rules;
}
