/**
 * Owns: when each value of a scope was written last, as far as the caller can know. Used by: secret-list.ts.
 * The ledger is the operator's alone; what it tells is in the status, and in the SealedValues that are still there.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { listPages } from '../kube/list-pages.ts';
import { parseSealed } from '../model/validate.ts';
import { SEALED_VALUES } from '../watch/resources.ts';
import { toldWritesIn } from '../watch/told-deletions.ts';
import type { ScopeView } from '../watch/views.ts';

export async function updatedTimes(kube: KubeClient, scope: ScopeView): Promise<ReadonlyMap<string, string>> {
  const times = new Map<string, string>();
  const note = (name: string, at: string) => {
    const before = times.get(name);
    const isTime = !Number.isNaN(Date.parse(at));
    if (isTime && (before === undefined || Date.parse(before) < Date.parse(at))) times.set(name, at);
  };
  for (const { name, at } of toldWritesIn(scope.status)) note(name, at);
  for (const [name, at] of await storedIn(kube, scope)) note(name, at);
  return times;
}

async function storedIn(kube: KubeClient, { metadata }: ScopeView): Promise<[name: string, at: string][]> {
  const found: [string, string][] = [];
  try {
    for await (const page of listPages(kube, SEALED_VALUES, { namespace: metadata.namespace }))
      for (const raw of page.items) {
        const parsed = parseSealed(raw);
        if (parsed.kind !== 'ok') continue;
        const { spec, status } = parsed.value;
        if (spec.scopeRef.name === metadata.name && status?.stored) found.push([spec.name, status.stored.at]);
      }
  } catch (error) {
    // whoever may not see them, and a cluster that has none, have the status alone
    if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
  }
  return found;
}
