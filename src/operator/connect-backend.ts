import type { BackendLine, Connection } from '../fetch/account-pool.ts';
import { openKubernetesBackend } from '../fetch/backends/kubernetes.ts';
import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import { durationMs } from '../model/duration.ts';
import { BY_UID, type ClusterWatches } from '../watch/cluster-watches.ts';

interface ConnectOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** How a backend object is reached, as long as it exists and still means the identity that was planned with. */
export function connectorFor(cluster: ClusterWatches, options: ConnectOptions) {
  return (line: BackendLine): Connection | undefined => {
    const { uid } = line.id;
    const view = cluster.backends.by(BY_UID, uid)[0] ?? cluster.clusterBackends.by(BY_UID, uid)[0];
    const identity = kubernetesIdentity(line.identity);
    if (view?.spec.kind !== 'ok' || line.provider !== 'kubernetes' || !identity) return undefined;
    const { refreshInterval } = view.spec.value;
    return {
      account: canonicalJson([line.provider, line.identity]),
      refreshIntervalMs: refreshInterval === undefined ? undefined : durationMs(refreshInterval),
      open: () => openKubernetesBackend({ ...options, ...identity }),
    };
  };
}

function kubernetesIdentity(
  identity: BackendLine['identity'],
): { namespace: string; serviceAccount: string } | undefined {
  if (
    typeof identity !== 'object' ||
    identity === null ||
    !('namespace' in identity) ||
    !('serviceAccount' in identity)
  )
    return undefined;
  const { namespace, serviceAccount } = identity;
  return typeof namespace === 'string' && typeof serviceAccount === 'string'
    ? { namespace, serviceAccount }
    : undefined;
}
