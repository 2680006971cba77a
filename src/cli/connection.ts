import type { Command } from 'commander';
import { systemClock } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { loadKubeConfig } from '../kube/kube-config.ts';
import { openClient } from '../kube/open-client.ts';

/** The flags that every verb which talks to a cluster has, with kubectl's names. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
  readonly asGroup?: string[];
}

export function withConnectionFlags(command: Command): Command {
  return command
    .option(
      '--kubeconfig <path>',
      'kubeconfig to use (default: $KUBECONFIG, else the Pod, else ~/.kube/config)',
    )
    .option('--context <name>', 'context of the kubeconfig')
    .option('--as <user>', 'act as this user')
    .option('--as-group <group...>', 'act with these groups');
}

/** For verbs that work in one namespace. */
export function withNamespaceFlag(command: Command): Command {
  return command.option('-n, --namespace <name>', 'namespace (default: that of the context)');
}

export interface Connection {
  readonly kube: KubeClient;
  readonly namespace: string;
}

/** Connects as the caller, runs, and closes what was opened. */
export async function connected<T>(
  flags: ConnectionFlags,
  version: string,
  run: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { kubeconfig, context, as, asGroup } = flags;
  const endpoint = await loadKubeConfig({ kubeconfig, context, as, asGroups: asGroup }, systemClock);
  const { client, close } = openClient({
    endpoint,
    clock: systemClock,
    random: Math.random,
    userAgent: `secretscope-cli/${version}`,
  });
  try {
    return await run({ kube: client, namespace: flags.namespace ?? endpoint.namespace ?? 'default' });
  } finally {
    await close();
  }
}
