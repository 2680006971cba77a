import type { Facts, NamespaceFacts } from '../model/facts.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { TargetSpec } from '../model/kinds/target.ts';
import { matchesLabels } from '../model/label-selector.ts';
import { admitsConsumer } from '../resolve/admission.ts';
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

function otherNamespaces(facts: Facts, target: TargetSpec, deps: Deps): NamespaceFacts[] {
  const { namespaces: selector } = target;
  if (!selector) return [];
  return deps.enrolledNamespaces().flatMap((name) => {
    const namespace = name === facts.scope.namespace.name ? undefined : namespaceFacts(deps.world, name);
    if (!namespace || !matchesLabels(selector, namespace.labels) || !admitsConsumer(facts.scope, namespace))
      return [];
    return [namespace];
  });
}
