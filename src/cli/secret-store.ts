/** Owns: the scope that values are set in, with its backend, as far as the caller may see it. */
import type { KubeClient } from '../kube/kube-client.ts';
import type { ScopeFacts } from '../model/facts.ts';
import { scopeFacts } from '../watch/world.ts';
import { CallerWorld } from './caller-world.ts';
import type { FoundScope } from './secret-found-scope.ts';

export interface ScopeStore {
  readonly facts: ScopeFacts;
  /** True: a refusal may come of what the caller cannot see, so only the operator can tell. */
  readonly partlySeen: boolean;
}

export async function readStore(kube: KubeClient, { view }: FoundScope): Promise<ScopeStore> {
  const world = new CallerWorld(kube);
  await world.readChain(view.metadata);
  const facts = scopeFacts(world, view, () => new Map());
  if (!facts) throw new Error(`scope ${view.metadata.namespace}/${view.metadata.name} cannot be read`);
  const { backendRef } = facts.spec;
  const home = backendRef?.kind === 'SecretBackend' ? `${facts.id.namespace}/` : '';
  const hidden = [
    `Namespace ${facts.namespace.name}`,
    ...(backendRef ? [`${backendRef.kind} ${home}${backendRef.name}`] : []),
  ];
  return { facts, partlySeen: hidden.some((object) => world.isHidden(object)) };
}
