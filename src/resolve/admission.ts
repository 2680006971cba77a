import type { NamespaceFacts, ScopeFacts } from '../model/facts.ts';
import type { RepositoryVisibility } from '../model/kinds/secret-scope.ts';
import { isWellFormed, matchesLabels } from '../model/label-selector.ts';

/** What a scope says of a namespace below it. */
export type Admission =
  | { readonly kind: 'refused' }
  | { readonly kind: 'admitted'; readonly visibility: RepositoryVisibility; readonly trusted: boolean };

const OPENNESS: Record<RepositoryVisibility, number> = { Public: 0, Internal: 1, Private: 2 };

/** The lower of two visibilities: Public is the lowest, since it may use the least. */
export function lowerVisibility(a: RepositoryVisibility, b: RepositoryVisibility): RepositoryVisibility {
  return OPENNESS[a] <= OPENNESS[b] ? a : b;
}

/**
 * Whether `scope` admits scopes in `namespace` as children, and what they then are. Authority is the parent's
 * list and the Namespace's labels, never what the child says of itself. Of several matching rules the lowest
 * visibility and trust count; nothing assigned is Public and untrusted.
 */
export function admitChild(scope: ScopeFacts, namespace: NamespaceFacts): Admission {
  const rules = scope.spec.children;
  if (rules === undefined) {
    return namespace.name === scope.namespace.name
      ? { kind: 'admitted', visibility: 'Private', trusted: true }
      : { kind: 'refused' };
  }
  const matching = rules.filter((rule) => matchesLabels(rule.namespaces, namespace.labels));
  if (matching.length === 0) return { kind: 'refused' };
  return {
    kind: 'admitted',
    visibility: matching.map((rule) => rule.visibility ?? 'Public').reduce(lowerVisibility),
    trusted: matching.every((rule) => rule.trusted === true),
  };
}

/**
 * Whether the rules about children can be judged. A rule may lower what another one gives, so one that cannot be
 * understood must not be skipped: until it is corrected, nothing is given and nothing is taken away.
 */
export function childrenJudgeable(scope: ScopeFacts): boolean {
  return (scope.spec.children ?? []).every((rule) => isWellFormed(rule.namespaces));
}

/** Whether `scope` lets its secrets reach `namespace` by a fan-out target or a claim. Default: its own only. */
export function admitsConsumer(scope: ScopeFacts, namespace: NamespaceFacts): boolean {
  if (namespace.name === scope.namespace.name) return true;
  return (scope.spec.consumers ?? []).some((rule) => matchesLabels(rule.namespaces, namespace.labels));
}
