/** Checks of the operator: whether it runs, who leads, and by which clock. Pure. */
import { resource } from '../kube/kube-objects.ts';
import type { Lease } from '../kube/lease-record.ts';
import { APPLY_ALL, type Finding, type Look, ok, problem, skipped, warning } from './doctor-finding.ts';
import { isoTime } from './doctor-install.ts';
import type { Raw } from './doctor-look.ts';

export const DEPLOYMENTS = resource({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
});

export interface DeploymentSeen {
  readonly wanted: number;
  readonly ready: number;
  readonly images: readonly string[];
}

export function deploymentSeen(raw: Raw): DeploymentSeen {
  const { spec, status } = raw as {
    spec?: { replicas?: number; template?: { spec?: { containers?: readonly { image?: string }[] } } };
    status?: { readyReplicas?: number };
  };
  return {
    wanted: spec?.replicas ?? 1,
    ready: status?.readyReplicas ?? 0,
    images: (spec?.template?.spec?.containers ?? []).map(({ image = '' }) => image),
  };
}

/** Whether Helm made it, or was given it. */
export function isHelms({ metadata }: Pick<Raw, 'metadata'>): boolean {
  const { labels = {}, annotations = {} } = metadata;
  return (
    labels['app.kubernetes.io/managed-by'] === 'Helm' ||
    Object.hasOwn(annotations, 'meta.helm.sh/release-name')
  );
}

export interface OperatorLooks {
  readonly namespace: string;
  /** version of this program */
  readonly version: string;
  readonly deployment: Look<DeploymentSeen>;
  readonly lease: Look<Lease>;
  /** the same a moment later, where the first one seemed old */
  readonly later: Look<Lease> | undefined;
  /** time of the API server */
  readonly now: number;
}

// the API server's time is known to a second, and a renewal takes its time
const TOLERATED_MS = 3_000;

export function checkOperator(looks: OperatorLooks): Finding[] {
  const leader = checkLeader(looks);
  return [checkDeployment(looks, leader.outcome === 'ok'), leader];
}

/** Where somebody leads, work is done, whatever the Deployment says: the operator may run outside of it. */
function checkDeployment(looks: OperatorLooks, someoneLeads: boolean): Finding {
  const { deployment, namespace, version } = looks;
  const check = 'operator';
  const title = `Deployment ${namespace}/secretscope`;
  if (deployment.kind === 'hidden') return skipped(check, deployment.why);
  const logs = `kubectl describe deployment secretscope -n ${namespace}`;
  if (deployment.kind === 'missing')
    return someoneLeads
      ? warning(
          check,
          `${title} is not there, and yet somebody leads: the operator runs elsewhere`,
          `kubectl get lease secretscope -n ${namespace}`,
        )
      : problem(check, `${title} is not there`, APPLY_ALL);
  const { ready, wanted, images } = deployment.value;
  const pods = `${ready} of ${wanted} Pods of ${title} are ready`;
  if (ready === 0 && someoneLeads)
    return warning(
      check,
      `${pods}, and yet somebody leads: the operator runs elsewhere, or its Pods are not reached`,
      logs,
    );
  if (ready < wanted)
    return ready > 0 && someoneLeads ? warning(check, pods, logs) : problem(check, pods, logs);
  if (wanted === 0)
    return problem(
      check,
      `${title} has no replicas`,
      `kubectl scale deployment secretscope -n ${namespace} --replicas=2`,
    );
  const other = images.find((image) => !image.endsWith(`:${version}`) && !image.includes('@'));
  if (other !== undefined)
    return warning(
      check,
      `${pods}, of image ${other}; this program is version ${version}`,
      'use the program of the version that the cluster runs',
    );
  return ok(check, pods);
}

/** Nobody decides by the time in the Lease; here it tells whether somebody still renews it. */
function checkLeader({ lease, later, namespace, now }: OperatorLooks): Finding {
  const check = 'leader';
  const logs = `kubectl logs deployment/secretscope -n ${namespace}`;
  if (lease.kind === 'hidden') return skipped(check, lease.why);
  const spec = lease.kind === 'seen' ? lease.value.spec : undefined;
  const holder = spec?.holderIdentity;
  if (!holder)
    return problem(check, `nobody holds the Lease ${namespace}/secretscope: no operator works`, logs);
  const renewed = Date.parse(spec.renewTime ?? '');
  const ahead = renewed - now;
  if (ahead > TOLERATED_MS)
    return problem(
      check,
      `${holder} leads, and its clock is ${seconds(ahead)} ahead of the API server`,
      'set the clock of the node that it runs on',
    );
  if (!isOver(lease, now)) return ok(check, `${holder} leads, and renewed its Lease at ${isoTime(renewed)}`);
  if (wasRenewed(lease, later))
    return problem(
      check,
      `${holder} leads, and its clock is ${seconds(-ahead)} behind the API server`,
      'set the clock of the node that it runs on',
    );
  return problem(
    check,
    `${holder} held the Lease until ${isoTime(renewed)}, and nobody took it since: no operator works`,
    logs,
  );
}

/** Whether it seems that nobody renews it, so that it is worth another look. */
export function isOver(lease: Look<Lease>, now: number): boolean {
  if (lease.kind !== 'seen') return false;
  const { renewTime = '', leaseDurationSeconds = 0, holderIdentity = '' } = lease.value.spec ?? {};
  return (
    holderIdentity !== '' && !(now - Date.parse(renewTime) <= leaseDurationSeconds * 1000 + TOLERATED_MS)
  );
}

function wasRenewed(before: Look<Lease>, later: Look<Lease> | undefined): boolean {
  if (before.kind !== 'seen' || later?.kind !== 'seen') return false;
  return before.value.spec?.renewTime !== later.value.spec?.renewTime;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
