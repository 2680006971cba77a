import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { Facts, NamespaceFacts } from '../model/facts.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { TargetSpec } from '../model/kinds/target.ts';
import { isFanOutTo } from '../resolve/wanted-target.ts';
import { namespaceFacts } from '../watch/world.ts';
import type { Deps } from './deps.ts';

/** One Secret that a scope wants: a target in one namespace. */
export interface Wanted {
  readonly target: TargetSpec;
  readonly namespace: NamespaceFacts;
}

/**
 * The Secrets a scope wants: each target in the scope's own namespace, and for a fan-out target in every
 * enrolled namespace that it selects and that `consumers` admits.
 */
export function wantedSecrets(facts: Facts, spec: ScopeSpec, deps: Deps): Wanted[] {
  return (spec.targets ?? []).flatMap((target) =>
    [facts.scope.namespace, ...otherNamespaces(facts, target, deps)].map((namespace) => ({
      target,
      namespace,
    })),
  );
}

/**
 * Whether a Secret that the scope holds is still to be where it is. Rights do not count here: a namespace whose
 * Secrets cannot be read or written for now has not ceased to be selected and admitted.
 */
export function stillWanted(facts: Facts, spec: ScopeSpec, held: ObservedTarget, deps: Deps): boolean {
  const target = (spec.targets ?? []).find(({ secretName }) => secretName === held.name);
  if (!target || held.namespace === facts.scope.namespace.name) return target !== undefined;
  const namespace = namespaceFacts(deps.world, held.namespace);
  return namespace === undefined || isFanOutTo(facts.scope, target, namespace);
}

function otherNamespaces(facts: Facts, target: TargetSpec, deps: Deps): NamespaceFacts[] {
  if (!target.namespaces) return [];
  return deps.enrolledNamespaces().flatMap((name) => {
    if (name === facts.scope.namespace.name) return [];
    // nothing is made there any more, and nobody has to approve it
    if (deps.world.namespaces.get(name)?.terminating === true) return [];
    const namespace = namespaceFacts(deps.world, name);
    return namespace && isFanOutTo(facts.scope, target, namespace) ? [namespace] : [];
  });
}
