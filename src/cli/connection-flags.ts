/** Owns: the flags that say which cluster, and as whom. Used by: connection.ts, and verbs that may need no cluster. */
import type { Command } from 'commander';

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
