import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { Keyring } from '../materialize/keyring.ts';
import type { Logger } from '../report/logger.ts';
import type { ClusterWatches } from '../watch/cluster-watches.ts';
import type { Wake } from '../watch/wake-up.ts';

export interface ObservationOptions {
  readonly kube: KubeClient;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
  readonly relistEveryMs: number;
  readonly log: Logger;
  readonly operatorNamespace: string;
  /** Rights on Secrets everywhere: one watch instead of one for each enrolled namespace. */
  readonly clusterWide: boolean;
  readonly wake: Wake;
  /** A backend object went: nothing may be kept open in its name. */
  readonly backendGone: (uid: string) => void;
}

/** Once, when everything was looked for: what waits for a watch that there may never be. */
export function tellWhatIsMissing(cluster: ClusterWatches, log: Logger): void {
  const approvals = cluster.approvalsKnown();
  const mutating = cluster.mutatingKnown();
  if (approvals !== 'known') log.info(approvals, 'protected scopes wait until this can be watched');
  if (mutating !== 'known') log.info(mutating, 'nobody is known to have asked until this can be watched');
}

/** A watch broke off. */
export function tellOfWatch(error: unknown, watch: string, mayLack: boolean, log: Logger): void {
  // a namespace that only lends an identity gives no right on its Secrets: that is no fault; nor is an installation
  // from before there were approvals, or a Kubernetes without mutating policies
  const isUsual = isKubeError(error, 'forbidden') || (isKubeError(error, 'notFound') && mayLack);
  log[isUsual ? 'debug' : 'warn']({ err: error, watch }, 'a watch broke off and is taken up again');
}
