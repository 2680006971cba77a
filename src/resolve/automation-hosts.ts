/** Owns: where automations of a scope may send to (THREATS 7). Used by the operator, and by whoever says beforehand what it would do. */
import type { Facts, ObjectId, ScopeFacts } from '../model/facts.ts';
import { admits } from './chain.ts';

export type AutomationHosts =
  | {
      readonly kind: 'known';
      readonly hosts: readonly string[];
      /** Whose list that is; undefined: no organization lets the scope in. */
      readonly organization: ObjectId | undefined;
    }
  /** A level above `below` is not known. */
  | { readonly kind: 'unknown'; readonly below: ScopeFacts };

const NOBODY: AutomationHosts = { kind: 'known', hosts: [], organization: undefined };

/** What the organization lists, as long as every level down to this one is let in by the one above. */
export function automationHosts(facts: Facts): AutomationHosts {
  let below: ScopeFacts = facts.scope;
  let above = facts.parent;
  while (above.kind === 'found') {
    if (!admits(above.scope, below)) return NOBODY;
    below = above.scope;
    above = above.parent;
  }
  if (above.kind === 'unknown') return { kind: 'unknown', below };
  const { id, spec } = below;
  return spec.level === 'Organization'
    ? { kind: 'known', hosts: spec.automationHosts ?? [], organization: id }
    : NOBODY;
}
