/** Owns: what doctor reads of a cluster, as the caller. What it makes of that is in the pure files beside it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../kube/kube-client.ts';
import { NAMESPACES, resource } from '../kube/kube-objects.ts';
import { LEASES, type Lease } from '../kube/lease-record.ts';
import { ENROLLMENT_LABEL, OPERATOR_ACCOUNT } from '../model/enrollment.ts';
import { kindDigest, type Rule } from '../model/install-shape.ts';
import { SHIPPED_KINDS } from '../model/shipped-install.ts';
import { policyView } from '../watch/approval-views.ts';
import {
  CRDS,
  MUTATING_BINDINGS,
  MUTATING_POLICIES,
  ROLE_BINDINGS,
  VALIDATING_BINDINGS,
  VALIDATING_POLICIES,
} from '../watch/resources.ts';
import { type Finding, forHelm, type Look } from './doctor-finding.ts';
import { checkKinds, checkPolicies, checkRights, type RightsLook } from './doctor-install.ts';
import { bothLooks, Looker, mapLook, type Raw } from './doctor-look.ts';
import { checkOperator, DEPLOYMENTS, deploymentSeen, isHelms, isOver } from './doctor-operator.ts';
import { checkPeoples } from './doctor-peoples.ts';
import { checkClock, checkVersion } from './doctor-server.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface DoctorSettings {
  readonly version: string;
  /** only this one; absent: every namespace */
  readonly namespace: string | undefined;
  readonly operatorNamespace: string;
  readonly settleMs: number;
}

const rbac = (kind: string, plural: string, namespaced: boolean) =>
  resource({ group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced });
const ROLES = rbac('Role', 'roles', true);
const CLUSTER_ROLES = rbac('ClusterRole', 'clusterroles', false);
const CLUSTER_ROLE_BINDINGS = rbac('ClusterRoleBinding', 'clusterrolebindings', false);
const OPERATOR_ROLE = 'secretscope-operator';
const EVERYWHERE = 'secretscope-operator-everywhere';
// a leader renews every second
const RENEWAL_MS = 2_500;

/** Everything, in the order in which it is mended. Throws where the API server cannot be reached. */
export async function checkEverything(kube: KubeClient, settings: DoctorSettings): Promise<Finding[]> {
  const version = checkVersion(await kube.serverVersion());
  const server = kube.serverTime();
  const clock = server ? [checkClock(Date.now(), server)] : [];
  const now = () => {
    const time = kube.serverTime();
    return time ? time.at + time.ageMs : Date.now();
  };
  const look = new Looker(kube);
  const { namespace, operatorNamespace } = settings;
  await mustExist(look, namespace);
  const everywhere = look.get(CLUSTER_ROLE_BINDINGS, { name: EVERYWHERE });
  const enrolled = look.list(ROLE_BINDINGS, namespace, ENROLLMENT_LABEL);
  const installed = await Promise.all([
    kinds(look, settings),
    policies(look, settings, now),
    rights(look, operatorNamespace),
    operator(look, settings, now),
    checkPeoples(look, {
      namespace,
      operatorNamespace,
      enrolled: mapLook(
        await enrolled,
        (bindings) => new Set(bindings.map((one) => one.metadata.namespace ?? '')),
      ),
      everywhere: isThere(
        mapLook(await everywhere, (one) => bindsOperator(one, operatorNamespace, EVERYWHERE)),
      ),
    }),
  ]);
  const findings = [version, ...clock, ...installed.flat()];
  const deployment = await look.get(DEPLOYMENTS, deploymentOf(operatorNamespace));
  return deployment.kind === 'seen' && isHelms(deployment.value) ? findings.map(forHelm) : findings;
}

const deploymentOf = (namespace: string) => ({ namespace, name: 'secretscope' });

/** A misspelled namespace would have nothing wrong with it. */
async function mustExist(look: Looker, namespace: string | undefined): Promise<void> {
  if (namespace === undefined) return;
  const { kind } = await look.get(NAMESPACES, { name: namespace });
  if (kind === 'missing')
    throw new ExitError(
      EXIT.notFound,
      `there is no namespace ${namespace}; look with: kubectl get namespaces`,
    );
}

/** Not to be there is an answer too. */
function isThere(look: Look<boolean>): Look<boolean> {
  return look.kind === 'missing' ? { kind: 'seen', value: false } : look;
}

async function kinds(look: Looker, { version }: DoctorSettings): Promise<Finding[]> {
  const looks = await Promise.all(
    Object.keys(SHIPPED_KINDS).map(async (name) => ({ name, seen: await look.get(CRDS, { name }) })),
  );
  const hidden = looks.map(({ seen }) => seen).find(({ kind }) => kind === 'hidden');
  if (hidden?.kind === 'hidden') return [checkKinds(hidden, version)];
  const digests = looks.flatMap(({ name, seen }) =>
    seen.kind === 'seen'
      ? [[name, kindDigest(seen.value['spec'] as Parameters<typeof kindDigest>[0])] as const]
      : [],
  );
  return [checkKinds({ kind: 'seen', value: new Map(digests) }, version)];
}

async function policies(look: Looker, { settleMs }: DoctorSettings, now: () => number): Promise<Finding[]> {
  const views = async (type: typeof VALIDATING_POLICIES) =>
    mapLook(await look.list(type), (raws) => raws.map((raw) => policyView(type.kind, raw)));
  const [validating, validatingBindings, mutating, mutatingBindings] = await Promise.all(
    [VALIDATING_POLICIES, VALIDATING_BINDINGS, MUTATING_POLICIES, MUTATING_BINDINGS].map(views),
  );
  if (!validating || !validatingBindings || !mutating || !mutatingBindings) return [];
  return checkPolicies({
    validating: bothLooks(validating, validatingBindings),
    mutating: bothLooks(mutating, mutatingBindings),
    settleMs,
    now: now(),
  });
}

async function rights(look: Looker, namespace: string): Promise<Finding[]> {
  const name = OPERATOR_ROLE;
  const [clusterRole, clusterBinding, role, binding] = await Promise.all([
    look.get(CLUSTER_ROLES, { name }),
    look.get(CLUSTER_ROLE_BINDINGS, { name }),
    look.get(ROLES, { namespace, name }),
    look.get(ROLE_BINDINGS, { namespace, name }),
  ]);
  const seen = (kind: RightsLook['kind'], rules: Look<Raw>, bound: Look<Raw>): RightsLook => ({
    kind,
    rules: mapLook(rules, (raw) => (raw['rules'] ?? []) as readonly Rule[]),
    bound: mapLook(bound, (raw) => bindsOperator(raw, namespace, name)),
  });
  return checkRights([seen('ClusterRole', clusterRole, clusterBinding), seen('Role', role, binding)]);
}

function bindsOperator(binding: Raw, namespace: string, role: string): boolean {
  const { roleRef, subjects = [] } = binding as {
    roleRef?: { name?: string };
    subjects?: readonly { kind?: string; name?: string; namespace?: string }[];
  };
  const isOperator = subjects.some(
    (one) => one.kind === 'ServiceAccount' && one.name === OPERATOR_ACCOUNT && one.namespace === namespace,
  );
  return isOperator && roleRef?.name === role;
}

async function operator(look: Looker, settings: DoctorSettings, now: () => number): Promise<Finding[]> {
  const { operatorNamespace: namespace, version } = settings;
  const ref = deploymentOf(namespace);
  const readLease = async () => (await look.get(LEASES, ref)) as Look<Lease>;
  const [deployment, lease] = await Promise.all([look.get(DEPLOYMENTS, ref), readLease()]);
  const readAt = now();
  const later = isOver(lease, readAt) ? await pause(RENEWAL_MS).then(readLease) : undefined;
  return checkOperator({
    namespace,
    version,
    deployment: mapLook(deployment, deploymentSeen),
    lease,
    later,
    now: readAt,
  });
}
