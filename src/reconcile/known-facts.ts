import type { Facts } from '../model/facts.ts';
import { admits } from '../resolve/chain.ts';
import type { ScopeView } from '../watch/views.ts';
import { factsOf, olderNamesakes, scopeFacts, type World } from '../watch/world.ts';

/**
 * What the watches know about a scope, without asking a provider. Undefined while its spec or its Namespace is not
 * usable. An environment's name belongs to the oldest one that the repository admits: a stranger cannot take it.
 */
export function knownFacts(world: World, view: ScopeView): Facts | undefined {
  const facts = factsOf(world, view, unlisted);
  if (facts?.parent.kind !== 'found') return facts;
  const repository = facts.parent.scope;
  const holder = olderNamesakes(world, view).find((other) => {
    const sibling = scopeFacts(world, other, unlisted);
    return sibling !== undefined && admits(repository, sibling);
  });
  return holder ? { ...facts, environmentNameHeldBy: holder.metadata } : facts;
}

const unlisted = () => new Map();
