/**
 * Chooses the cluster and the account: a kubeconfig that was named, else the Pod's own, else ~/.kube/config.
 * Called by app.ts and by the CLI. Reads files and environment; talks to nobody.
 */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from './clock.ts';
import { inClusterEndpoint } from './in-cluster.ts';
import { impersonating, type KubeEndpoint } from './kube-endpoint.ts';
import { kubeconfigEndpoint } from './kubeconfig-file.ts';

export interface KubeConfigChoice {
  /** path; wins over everything */
  readonly kubeconfig?: string | undefined;
  /** a context other than the kubeconfig's current one */
  readonly context?: string | undefined;
  /** true insists on the Pod's service account, false forbids it */
  readonly inCluster?: boolean | undefined;
  /** impersonation, for the CLI only */
  readonly as?: string | undefined;
  readonly asGroups?: readonly string[] | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws an Error that says what to pass or create. */
export async function loadKubeConfig(
  choice: KubeConfigChoice,
  clock: Clock,
  environment: Environment = process.env,
): Promise<KubeEndpoint> {
  if (choice.asGroups?.length && !choice.as) throw new Error('--as-group needs --as USER too');
  const endpoint = await chosenEndpoint(choice, clock, environment);
  if (!choice.as) return endpoint;
  return { ...endpoint, identity: impersonating(endpoint.identity, choice.as, choice.asGroups ?? []) };
}

function chosenEndpoint(
  choice: KubeConfigChoice,
  clock: Clock,
  environment: Environment,
): Promise<KubeEndpoint> {
  if (choice.inCluster) {
    if (choice.kubeconfig || choice.context)
      throw new Error('choose either a kubeconfig or in-cluster, not both');
    return inClusterEndpoint(environment, clock);
  }
  const named = choice.kubeconfig ? [choice.kubeconfig] : pathList(environment['KUBECONFIG']);
  if (named.length > 0) return kubeconfigEndpoint(named, choice.context, clock);
  // a context only means something in a kubeconfig
  const inPod =
    environment['KUBERNETES_SERVICE_HOST'] !== undefined && choice.inCluster !== false && !choice.context;
  if (inPod) return inClusterEndpoint(environment, clock);
  const home = environment['HOME'] ?? homedir();
  return kubeconfigEndpoint([join(home, '.kube', 'config')], choice.context, clock);
}

function pathList(value: string | undefined): string[] {
  return (value ?? '').split(delimiter).filter(Boolean);
}
