/** Owns: what `secretscope status` reads, as the caller. Pages are counted and let go: 50,000 scopes never lie here at once. */
import { sizesIn } from '../automate/delivery-queue.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { type KubeObject, objectKey, type ResourceType } from '../kube/kube-objects.ts';
import { LEASES, type Lease } from '../kube/lease-record.ts';
import { listPages } from '../kube/list-pages.ts';
import type { Condition } from '../model/kinds/common.ts';
import { FleetTally } from '../report/fleet-tally.ts';
import { policyView } from '../watch/approval-views.ts';
import {
  AUTOMATIONS,
  BACKENDS,
  CLAIMS,
  CLUSTER_BACKENDS,
  MUTATING_BINDINGS,
  MUTATING_POLICIES,
  REQUESTS,
  SCOPES,
  VALIDATING_BINDINGS,
  VALIDATING_POLICIES,
} from '../watch/resources.ts';
import type { Look } from './doctor-finding.ts';
import { bothLooks, Looker, mapLook } from './doctor-look.ts';
import { DEPLOYMENTS, type DeploymentSeen, deploymentSeen } from './doctor-operator.ts';
import type { FleetLooks, NotReady, WaitingRequests } from './status-fleet.ts';

export interface StatusSettings {
  /** only this one; absent: every namespace */
  readonly namespace: string | undefined;
  readonly operatorNamespace: string;
}

/** `now` is asked when something was read: by the API server's clock, which the times in conditions are not far from. */
export async function lookAtFleet(
  kube: KubeClient,
  { namespace, operatorNamespace }: StatusSettings,
  now: () => number,
): Promise<FleetLooks> {
  const look = new Looker(kube);
  const ref = { namespace: operatorNamespace, name: 'secretscope' };
  const deployment = mapLook(await look.get(DEPLOYMENTS, ref), (raw): DeploymentSeen => deploymentSeen(raw));
  const lease = (await look.get(LEASES, ref)) as Look<Lease>;
  const readAt = now();
  const count = <T>(type: ResourceType, into: T, take: (raw: KubeObject) => void) =>
    counted(kube, type, namespace, into, take);
  return {
    deployment,
    lease,
    readAt,
    policies: await policies(look),
    scopes: await tallied(SCOPES, count, readAt),
    claims: await tallied(CLAIMS, count, readAt),
    backends: await backends(count, readAt),
    requests: await requests(count, readAt),
    automations: await automations(count),
  };
}

type Count = <T>(type: ResourceType, into: T, take: (raw: KubeObject) => void) => Promise<Look<T>>;

async function counted<T>(
  kube: KubeClient,
  type: ResourceType,
  namespace: string | undefined,
  into: T,
  take: (raw: KubeObject) => void,
): Promise<Look<T>> {
  const place = type.namespaced ? namespace : undefined;
  try {
    for await (const page of listPages(kube, type, { namespace: place })) page.items.forEach(take);
    return { kind: 'seen', value: into };
  } catch (error) {
    if (isKubeError(error, 'notFound')) return { kind: 'missing' };
    if (!isKubeError(error, 'forbidden')) throw error;
    const where = !type.namespaced ? '' : (place ?? 'every namespace; name one with -n');
    return { kind: 'hidden', why: `you may not list ${type.plural}${where === '' ? '' : ` in ${where}`}` };
  }
}

function tallied(type: ResourceType, count: Count, now: number): Promise<Look<FleetTally>> {
  const tally = new FleetTally();
  return count(type, tally, (raw) => tally.add(talliedOf(raw), now));
}

const NAMED = 5;

async function backends(count: Count, now: number): Promise<FleetLooks['backends']> {
  const tally = new FleetTally();
  const notReady: NotReady[] = [];
  const take = (kind: string) => (raw: KubeObject) => {
    const seen = talliedOf(raw);
    tally.add(seen, now);
    const ready = seen.conditions.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True' && notReady.length < NAMED)
      notReady.push({ kind, name: objectKey(raw.metadata), reason: ready?.reason ?? 'Progressing' });
  };
  const own = await count(BACKENDS, 0, take('SecretBackend'));
  const shared = await count(CLUSTER_BACKENDS, 0, take('ClusterSecretBackend'));
  const hidden = [own, shared].flatMap((look) => (look.kind === 'hidden' ? [look.why] : []));
  return { tally, notReady, hidden };
}

function requests(count: Count, now: number): Promise<Look<WaitingRequests>> {
  const waiting = { count: 0, oldestMs: 0, oldest: undefined as string | undefined };
  return count(REQUESTS, waiting, (raw) => {
    const { state = 'Waiting' } = (statusIn(raw) ?? {}) as { state?: string };
    if (state !== 'Waiting') return;
    waiting.count += 1;
    const ageMs = now - Date.parse(raw.metadata.creationTimestamp ?? '');
    if (!(ageMs > waiting.oldestMs)) return;
    waiting.oldestMs = ageMs;
    waiting.oldest = objectKey(raw.metadata);
  });
}

function automations(count: Count): Promise<FleetLooks['automations']> {
  const sums = { total: 0, waiting: 0, undelivered: 0 };
  return count(AUTOMATIONS, sums, (raw) => {
    const { waiting, undelivered } = sizesIn(statusIn(raw));
    sums.total += 1;
    sums.waiting += waiting;
    sums.undelivered += undelivered;
  });
}

async function policies(look: Looker): Promise<FleetLooks['policies']> {
  const views = async (type: typeof VALIDATING_POLICIES) =>
    mapLook(await look.list(type), (raws) => raws.map((raw) => policyView(type.kind, raw)));
  const validating = bothLooks(await views(VALIDATING_POLICIES), await views(VALIDATING_BINDINGS));
  const mutating = bothLooks(await views(MUTATING_POLICIES), await views(MUTATING_BINDINGS));
  return { validating, mutating };
}

function talliedOf(raw: KubeObject) {
  const { conditions } = (statusIn(raw) ?? {}) as { conditions?: unknown };
  return {
    conditions: Array.isArray(conditions) ? (conditions as readonly Condition[]) : [],
    createdAt: raw.metadata.creationTimestamp ?? '',
  };
}

function statusIn(raw: KubeObject): unknown {
  return 'status' in raw ? raw.status : undefined;
}
