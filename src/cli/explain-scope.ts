/** Owns: from the words of a command line to one scope, and its facts as they can be seen. Used by: explain, diff. */
import type { Facts } from '../model/facts.ts';
import type { ScopeView } from '../watch/views.ts';
import type { LevelsWorld } from '../watch/world.ts';
import { type IsUnseen, visibleFacts } from './offline-facts.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export function scopeRef(text: string, namespace: string): { namespace: string; name: string } {
  const parts = text.split('/');
  if (parts.length > 2 || parts.some((part) => part === ''))
    throw new UsageError(`"${escapeText(text)}" is not a scope; use NAME or NAMESPACE/NAME`);
  return parts.length === 2 ? { namespace: parts[0] ?? '', name: parts[1] ?? '' } : { namespace, name: text };
}

/** The facts of a scope whose spec this version understands. */
export function factsFor(world: LevelsWorld, view: ScopeView, unseen: IsUnseen): Facts {
  const facts = visibleFacts(world, view, unseen);
  if (facts) return facts;
  const { namespace, name } = view.metadata;
  const faults = view.spec.kind === 'invalid' ? view.spec.faults.join('; ') : 'unknown';
  throw new Error(`scope ${namespace}/${name} has a spec that this version cannot read: ${faults}`);
}
