/** Owns: which automations use the entries of a scope, for its status (spec row W25). Used by: reconcile-scope.ts. */
import { byName } from '../../model/names.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import { withinBytes } from '../provenance.ts';
import { automationsBelow, supplies, usedNames } from '../seal/used-by.ts';

// a type, as JSON is one
export type ToldUses = {
  /** `NAME: WebhookAutomation namespace/name, …`, by name. */
  readonly usedBy?: readonly string[];
};

// 80 names of 20 characters with two automations each; `secret delete` and explain tell all of them
const USES_BYTES = 8_000;
const SHOWN = 5;

/** Its own entries that automations here or on the levels below would lose with it. */
export function toldUses(view: ScopeView, deps: Deps): ToldUses {
  const users = new Map<string, string[]>();
  for (const { automation, scope } of automationsBelow(view, deps))
    for (const name of usedNames(automation)) {
      if (!hasEntry(view, name) || !supplies(view, scope, scope.metadata.namespace, name, deps)) continue;
      users.set(name, [...(users.get(name) ?? []), keyOf(automation.metadata)]);
    }
  const rows = [...users].sort(([a], [b]) => byName(a, b)).map(([name, list]) => `${name}: ${text(list)}`);
  return rows.length > 0 ? { usedBy: withinBytes(rows, USES_BYTES) } : {};
}

function hasEntry({ spec }: ScopeView, name: string): boolean {
  return spec.kind === 'ok' && spec.value.secrets?.some((entry) => entry.name === name) === true;
}

function text(list: readonly string[]): string {
  const more = list.length > SHOWN ? ` and ${list.length - SHOWN} more` : '';
  return `WebhookAutomation ${list.toSorted().slice(0, SHOWN).join(', ')}${more}`;
}
