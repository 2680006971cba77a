/**
 * Owns: noticing that the watches show an older world than the one a Secret was written from. After a start an API
 * server may answer late, and one watch may be behind another: what is decided then would undo what is newer.
 */
import type { SeenGenerations } from '../materialize/delivery-record.ts';
import { isNewer } from '../materialize/newer-record.ts';
import { BY_HOLDER } from '../watch/world.ts';
import type { Basis } from './approval/basis.ts';
import type { Deps } from './deps.ts';
import { type HoldingView, holderKeyOf } from './holding-view.ts';

/** The scope, the levels above and their backends, and which values of theirs were deleted, as a record keeps them. */
export function generationsOf({ objects }: Basis, { world }: Pick<Deps, 'world'>): SeenGenerations {
  const seen = [...objects.values()].map(({ uid, generation }) => [uid, generation] as const);
  return Object.fromEntries([...seen, ...seen.flatMap(([uid]) => ledgerOf(uid, world))]);
}

/** Only one that tells of writes: everything else in it says nothing about what is delivered without approval. */
function ledgerOf(scopeUID: string, world: Deps['world']): (readonly [string, number])[] {
  const ledger = world.ledgers.get(scopeUID);
  const isTold = ledger?.spec.kind === 'ok' && (ledger.spec.value.writes ?? []).length > 0;
  return isTold ? [[ledger.metadata.uid, ledger.generation]] : [];
}

/** Whether a Secret of this scope or claim was decided on with a newer spec of any of them. Only what is proven is believed. */
export function isBehind(view: HoldingView, now: SeenGenerations, deps: Deps): boolean {
  return deps.targets
    .by(BY_HOLDER, holderKeyOf(view))
    .filter(({ proof }) => proof === 'proven')
    .some(({ record }) => isNewer(record, now));
}
