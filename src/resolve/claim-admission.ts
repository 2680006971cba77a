import type { Facts, NamespaceFacts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import { matchesLabels } from '../model/label-selector.ts';
import { admitsConsumer } from './admission.ts';

/**
 * Whether anything may be claimed from a scope for a namespace. Its own always may; another one has to be among
 * `consumers`, and no level on the way may call it untrusted: the preview of a fork gets nothing, by whatever way it
 * asks (spec row G47). Which names reach it is decided one by one.
 */
export function admitsClaim({ scope, parent }: Facts, namespace: NamespaceFacts): boolean {
  if (namespace.name === scope.namespace.name) return true;
  return (
    admitsConsumer(scope, namespace) &&
    ![scope, ...above(parent)].some((level) => distrusts(level, namespace))
  );
}

/** What a claim of another namespace is told of a name, whether it is absent, denied or cannot be read (THREATS 25). */
export function notAvailableToClaim(name: string) {
  const message = `${name} is not available from this scope; ask its owner, or correct spec.include`;
  return { reason: 'NotAvailable', message } as const;
}

function distrusts({ namespace: own, spec }: ScopeFacts, namespace: NamespaceFacts): boolean {
  if (own.name === namespace.name) return false;
  return (spec.children ?? []).some(
    ({ namespaces, trusted }) => trusted !== true && matchesLabels(namespaces, namespace.labels),
  );
}

function above(parent: ParentFacts): ScopeFacts[] {
  return parent.kind === 'found' ? [parent.scope, ...above(parent.parent)] : [];
}
