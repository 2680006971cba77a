import type { BackendLine, Connection } from '../fetch/account-pool.ts';
import { awsConnection } from '../fetch/backends/aws/aws-connection.ts';
import { azureConnection } from '../fetch/backends/azure/azure-connection.ts';
import type { CloudAccess } from '../fetch/backends/cloud-access.ts';
import { gcpConnection } from '../fetch/backends/gcp/gcp-connection.ts';
import { type KubernetesAccess, kubernetesConnection } from '../fetch/backends/kubernetes-connection.ts';
import { type BackendIdentity, parseIdentity } from '../model/backend-identity.ts';
import type { Json } from '../model/canonical-json.ts';
import { durationMs } from '../model/duration.ts';
import type { BackendSpec, ClusterBackendSpec } from '../model/kinds/secret-backend.ts';
import { BY_UID, type ClusterWatches } from '../watch/cluster-watches.ts';

export type BackendAccess = KubernetesAccess & CloudAccess;

/** How a backend object is reached: as long as it exists, and with the identity that was planned with. */
export function connectorFor(cluster: ClusterWatches, access: BackendAccess) {
  const identities = new WeakMap<object, BackendIdentity>();
  return (line: BackendLine): Connection | undefined => {
    const { uid } = line.id;
    const view = cluster.backends.by(BY_UID, uid)[0] ?? cluster.clusterBackends.by(BY_UID, uid)[0];
    if (view?.spec.kind !== 'ok') return undefined;
    const identity = parsed(line.identity, identities);
    return identity && connectionFor(identity, view.spec.value, access);
  };
}

/** Facts hand out the same object again and again; parsing it takes a third of a millisecond. */
function parsed(identity: Json, known: WeakMap<object, BackendIdentity>): BackendIdentity | undefined {
  if (typeof identity !== 'object' || identity === null) return undefined;
  const before = known.get(identity);
  if (before) return before;
  const found = parseIdentity(identity);
  if (found) known.set(identity, found);
  return found;
}

function connectionFor(
  { aws, gcp, azure, kubernetes }: BackendIdentity,
  spec: BackendSpec | ClusterBackendSpec,
  access: BackendAccess,
): Connection | undefined {
  const { refreshInterval } = spec;
  const refreshIntervalMs = refreshInterval === undefined ? undefined : durationMs(refreshInterval);
  if (aws) return awsConnection(aws, { refreshIntervalMs, queueUrl: spec.aws?.events?.queueURL }, access);
  if (gcp)
    return gcpConnection(gcp, { refreshIntervalMs, subscription: spec.gcp?.events?.subscription }, access);
  if (azure) return azureConnection(azure, { refreshIntervalMs }, access);
  return kubernetes && kubernetesConnection({ ...kubernetes, refreshIntervalMs }, access);
}
