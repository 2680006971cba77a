import { systemClock } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { loadKubeConfig } from '../kube/kube-config.ts';
import { openClient } from '../kube/open-client.ts';
import type { Masker } from '../mask/masker.ts';
import type { ConnectionFlags } from './connection-flags.ts';

export { type ConnectionFlags, withConnectionFlags, withNamespaceFlag } from './connection-flags.ts';

export interface Connection {
  readonly kube: KubeClient;
  readonly namespace: string;
}

/** Connects as the caller, runs, and closes what was opened. `masker` knows values that an answer might repeat. */
export async function connected<T>(
  flags: ConnectionFlags,
  version: string,
  run: (connection: Connection) => Promise<T>,
  masker?: Masker,
): Promise<T> {
  const { kubeconfig, context, as, asGroup } = flags;
  const endpoint = await loadKubeConfig({ kubeconfig, context, as, asGroups: asGroup }, systemClock);
  const { client, close } = openClient({
    endpoint,
    clock: systemClock,
    random: Math.random,
    userAgent: `secretscope-cli/${version}`,
    masker,
  });
  try {
    return await run({ kube: client, namespace: flags.namespace ?? endpoint.namespace ?? 'default' });
  } finally {
    await close();
  }
}
