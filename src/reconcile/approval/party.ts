/**
 * Owns: for whom one pass through a scope's gate is: for its targets, or for one claim. Both write the same ledger, each
 * the entries of its own; a claim that is gone leaves its entries to the scope.
 */

import { whenFound } from '../../kube/when-found.ts';
import type { Consumer, LedgerEntry } from '../../model/approval.ts';
import { durationMs } from '../../model/duration.ts';
import type { Protection } from '../../model/kinds/protection.ts';
import { CLAIMS } from '../../watch/resources.ts';
import type { Asks, ClaimView, ScopeView } from '../../watch/views.ts';
import { claimedScopeOf, keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import type { HoldingView } from '../holding-view.ts';

export type Party =
  | { readonly kind: 'targets' }
  | {
      readonly kind: 'claim';
      readonly claim: ClaimView;
      /** It has ended: it asks for nothing any more, and what it had asked for is closed. */
      readonly isOver: boolean;
    };

export const TARGETS: Party = { kind: 'targets' };

/** Whose Secrets are written. */
export function holdingView(party: Party, scope: ScopeView): HoldingView {
  return party.kind === 'claim' ? party.claim : scope;
}

/** Whether an entry of the ledger is this party's to judge. */
export function concerns(
  party: Party,
  { subject: { consumer } }: LedgerEntry,
  scope: ScopeView,
  deps: Deps,
): boolean {
  if (party.kind === 'claim') return isOf(party.claim, consumer);
  return consumer.kind !== 'SecretClaim' || !mayAsk(consumer, scope, deps);
}

function isOf({ metadata }: ClaimView, { kind, namespace, name }: Consumer): boolean {
  return kind === 'SecretClaim' && namespace === metadata.namespace && name === metadata.name;
}

/** Whether a claim of this name is there, or may be: then what it asks for is looked at in its own turn. */
function mayAsk(consumer: Consumer, scope: ScopeView, { world }: Deps): boolean {
  if (world.claimsKnown() !== 'known') return true;
  const claim = world.claims.get(keyOf(consumer));
  // one that is being deleted asks for nothing any more, whatever keeps it
  if (!claim || claim.deleting) return false;
  return claim.spec.kind !== 'ok' || claimedScopeOf(claim) === keyOf(scope.metadata);
}

/** A watch that is behind does not show a claim yet: what it was released is not ended before a live look. */
export async function withoutLiveClaims(
  entries: readonly LedgerEntry[],
  { world, kube }: Deps,
  signal: AbortSignal,
): Promise<LedgerEntry[]> {
  const left: LedgerEntry[] = [];
  for (const entry of entries) {
    const { consumer } = entry.subject;
    const isOpen = entry.state === 'Waiting' || entry.state === 'Released';
    const isUnseen = consumer.kind === 'SecretClaim' && !world.claims.get(keyOf(consumer));
    const live =
      isOpen && isUnseen
        ? await whenFound(() => kube.getMetadata(CLAIMS, placeOf(consumer), { signal }))
        : undefined;
    const asks = live?.metadata.uid === consumer.uid && live.metadata.deletionTimestamp === undefined;
    if (!asks) left.push(entry);
  }
  return left;
}

const placeOf = ({ namespace, name }: Consumer) => ({ namespace, name });

/** Who asks, besides whoever changed the scope. */
export function asksOf(party: Party, scope: ScopeView): Pick<Asks, 'askedAgain'> {
  return party.kind === 'claim' ? party.claim : scope;
}

// THREATS 23: what was read when a Snapshot was made must not wait for a tired reviewer
const SNAPSHOT_PENDING_MS = 24 * 3_600_000;

/** The terms for this party: a Snapshot waits a day at most, and a release of a claim ends with its ttl at the latest. */
export function termsFor(party: Party, protection: Protection | undefined): Protection | undefined {
  if (party.kind === 'targets' || !protection || party.claim.spec.kind !== 'ok') return protection;
  const { mode, ttl } = party.claim.spec.value;
  const waits = durationMs(protection.pendingTTL ?? '720h');
  const pending = mode === 'Snapshot' && waits > SNAPSHOT_PENDING_MS ? { pendingTTL: '24h' } : {};
  return {
    ...protection,
    ...pending,
    ...(endsWithTTL(protection, ttl) && { grantTTL: ttl, onExpiry: 'Delete' }),
  };
}

/** Whether it is the claim's own ttl that ends a release, and not the scope's grantTTL. */
export function endsWithTTL({ grantTTL }: Protection, ttl: string | undefined): ttl is string {
  return ttl !== undefined && (grantTTL === undefined || durationMs(ttl) <= durationMs(grantTTL));
}
