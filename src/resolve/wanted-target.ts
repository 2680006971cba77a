/** Owns: what a target or a claim wants, and where. Used by the operator, and by whoever says beforehand what it would do. */
import type { NamespaceFacts, ScopeFacts } from '../model/facts.ts';
import type { ClaimSpec } from '../model/kinds/secret-claim.ts';
import type { TargetSpec } from '../model/kinds/target.ts';
import { matchesLabels } from '../model/label-selector.ts';
import { admitsConsumer } from './admission.ts';

/** Whether a target that fans out selects another namespace than its own, and its scope admits that. */
export function isFanOutTo(
  scope: ScopeFacts,
  { namespaces }: TargetSpec,
  namespace: NamespaceFacts,
): boolean {
  if (!namespaces) return false;
  return matchesLabels(namespaces, namespace.labels) && admitsConsumer(scope, namespace);
}

/** A claim as the target that it is. A Snapshot is of one moment: it is whole, or it is not yet. */
export function claimedTarget({ include, keys, onMissing, secretName, mode }: ClaimSpec): TargetSpec {
  return {
    secretName,
    include,
    ...(keys && { keys }),
    ...(onMissing && { onMissing }),
    ...(mode === 'Snapshot' && { atomic: true }),
  };
}
