/**
 * How a backend object with a `kubernetes` block is reached. Called by the composition root, once for each plan line.
 * The one place where the operator's own identity is near a source, and all it does is ask for another's token.
 */
import type { Clock, Random } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { issuedTokens } from '../../kube/token-request.ts';
import type { Connection } from '../account-pool.ts';
import type { Backend } from '../port.ts';
import { isReserved } from './cloud-access.ts';
import { KubernetesBackend } from './kubernetes.ts';
import { RefusedBackend } from './refused.ts';

export interface KubernetesSource {
  /** whose Secrets are read, and where the service account lives */
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly refreshIntervalMs?: number | undefined;
}

export interface KubernetesAccess {
  /** the operator's client */
  readonly kube: KubeClient;
  /** holds sealing keys, ledgers and other tenants' credentials */
  readonly operatorNamespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly relistEveryMs?: number | undefined;
}

// the least that the API server issues
const TOKEN_SECONDS = 600;

export function kubernetesConnection(source: KubernetesSource, access: KubernetesAccess): Connection {
  const { namespace, serviceAccount, refreshIntervalMs } = source;
  return {
    account: `kubernetes:${namespace}/${serviceAccount}`,
    refreshIntervalMs,
    open: () =>
      isReserved(namespace, access.operatorNamespace)
        ? new RefusedBackend('kubernetes')
        : open(source, access),
  };
}

function open(
  { namespace, serviceAccount }: KubernetesSource,
  { kube, clock, random, relistEveryMs }: KubernetesAccess,
): Backend {
  const order = { namespace, serviceAccount, audiences: [], seconds: TOKEN_SECONDS };
  return new KubernetesBackend({
    namespace,
    token: issuedTokens(kube, order, clock),
    clientFor: (token) => kube.clientWithToken(token),
    clock,
    random,
    relistEveryMs,
  });
}
