import { keysLost, type SeenGenerations } from '../materialize/delivery-record.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import { type Withdrawn, withdrawKeys } from '../materialize/withdraw-keys.ts';
import type { Facts } from '../model/facts.ts';
import { resolve } from '../resolve/resolve.ts';
import { BY_HOLDER, keyOf, namespaceFacts } from '../watch/world.ts';
import { apiTrouble } from './api-trouble.ts';
import type { Deps } from './deps.ts';
import { type HoldingView, holderField, holderKeyOf } from './holding-view.ts';
import { holdingOf, lawfulHere } from './lawful.ts';
import { restartAt } from './restart/wanted-restarts.ts';

/** Secrets that were changed, as they are now; the watch shows them a moment later. Undefined: it is gone. */
export type Changed = ReadonlyMap<string, ObservedTarget | undefined>;

// what cannot be read as it was written is not written again
const CANNOT_WITHDRAW: ReadonlySet<ObservedTarget['proof']> = new Set(['invalid', 'newer']);

/**
 * Takes out of the Secrets that a scope or claim holds whatever authority no longer lets stay there. It asks no provider,
 * needs no valid target and minds no `suspend`: withdrawal never waits.
 */
export async function withdrawLost(
  view: HoldingView,
  facts: Facts,
  seen: SeenGenerations,
  deps: Deps,
  signal: AbortSignal,
): Promise<Changed> {
  const changed = new Map<string, ObservedTarget | undefined>();
  for (const observed of deps.targets.by(BY_HOLDER, holderKeyOf(view))) {
    const namespace = namespaceFacts(deps.world, observed.namespace);
    if (!namespace || observed.deleting || CANNOT_WITHDRAW.has(observed.proof)) continue;
    const holding = holdingOf(view.metadata.uid, observed);
    const lawful = lawfulHere(resolve(facts, namespace), deps.world, holding);
    const lost = keysLost(observed.record?.keys ?? {}, lawful);
    const keys = lost.filter((key) => observed.keys.has(key));
    if (keys.length === 0) continue;
    const withdrawal = { observed, keys, seen, restartAt: restartAt(view, observed, deps) };
    const outcome = await withdrawKeys(withdrawal, { ...deps, signal }).catch(
      (error: unknown): Withdrawn => ({ kind: 'refused', ...apiTrouble(error, keyOf(observed)) }),
    );
    if (outcome.kind === 'refused') deps.log.warn({ reason: outcome.reason }, outcome.message);
    if (outcome.kind !== 'written') continue;
    changed.set(keyOf(observed), outcome.observed);
    tell(view, observed, keys, deps);
  }
  return changed;
}

function tell(view: HoldingView, observed: ObservedTarget, keys: readonly string[], deps: Deps): void {
  const secret = keyOf(observed);
  deps.log.info({ ...holderField(view), secret, removed: keys.length }, 'withdrew keys from a Secret');
  deps.metrics.targetWrite('patch');
  const shown = keys.slice(0, 10).join(', ');
  const more = keys.length > 10 ? ` and ${keys.length - 10} more` : '';
  const note = `Secret ${secret}: ${shown}${more} withdrawn, since access to them was taken away (resourceVersion was ${observed.resourceVersion})`;
  deps.emit({ regarding: view, type: 'Normal', reason: 'Withdrawn', action: 'Withdraw', note });
}
