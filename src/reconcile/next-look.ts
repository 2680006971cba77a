/** Owns: when to look again at what does not change by itself. */
import { type Reason, reasonPolicy } from '../model/reasons.ts';
import type { Deps, ReconcileResult } from './deps.ts';

// what only a person or another object can mend is looked at again now and then, in case an event was missed
const SLOW_MS = 30_000;

export function nextLook(
  reasons: readonly Reason[],
  deps: Deps,
  againMs: number | undefined,
): ReconcileResult {
  const policies = reasons.map((reason) => reasonPolicy(reason).requeue);
  if (policies.includes('backoff')) return { kind: 'retry' };
  const slow = policies.includes('slow') ? SLOW_MS * (0.9 + 0.2 * deps.random()) : undefined;
  const waits = [slow, againMs].filter((wait) => wait !== undefined);
  return waits.length === 0 ? { kind: 'done' } : { kind: 'requeueAfter', ms: Math.min(...waits) };
}
