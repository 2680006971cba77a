import type { BackendLine, Connection } from '../fetch/account-pool.ts';
import { type KubernetesAccess, kubernetesConnection } from '../fetch/backends/kubernetes-connection.ts';
import { durationMs } from '../model/duration.ts';
import { BY_UID, type ClusterWatches } from '../watch/cluster-watches.ts';

/** How a backend object is reached: as long as it exists, and with the identity that was planned with. */
export function connectorFor(cluster: ClusterWatches, access: KubernetesAccess) {
  return (line: BackendLine): Connection | undefined => {
    const { uid } = line.id;
    const view = cluster.backends.by(BY_UID, uid)[0] ?? cluster.clusterBackends.by(BY_UID, uid)[0];
    const identity = kubernetesIdentity(line.identity);
    if (view?.spec.kind !== 'ok' || line.provider !== 'kubernetes' || !identity) return undefined;
    const { refreshInterval } = view.spec.value;
    const refreshIntervalMs = refreshInterval === undefined ? undefined : durationMs(refreshInterval);
    return kubernetesConnection({ ...identity, refreshIntervalMs }, access);
  };
}

interface KubernetesIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

function kubernetesIdentity(identity: BackendLine['identity']): KubernetesIdentity | undefined {
  if (typeof identity !== 'object' || identity === null) return undefined;
  if (!('namespace' in identity) || !('serviceAccount' in identity)) return undefined;
  const { namespace, serviceAccount } = identity;
  if (typeof namespace !== 'string' || typeof serviceAccount !== 'string') return undefined;
  return { namespace, serviceAccount };
}
