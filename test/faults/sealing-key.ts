/**
 * Owns: that the installation has its sealing key. The operator makes it with the first scope that there is, and which
 * plan that would be is chance. Used by: lane.ts, once.
 */
import { LOCAL, type OperatedCluster, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { repository, WEB } from './fault-world.ts';

const PATIENT_MS = 30_000;

export async function untilSealingKey(cluster: OperatedCluster, keyring: Thing): Promise<void> {
  await cluster.have(repository('first', WEB, { backendRef: LOCAL }));
  await until(async () => {
    const { body } = await cluster.platform.get(keyring);
    const { data = {} } = (body ?? {}) as { readonly data?: Readonly<Record<string, string>> };
    if (data['sealing'] === undefined) throw new Error('the installation has no sealing key');
  }, PATIENT_MS);
}
