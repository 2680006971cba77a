/**
 * Owns: for whom one pass through a scope's gate is: for its targets, for one claim or for one webhook automation. All
 * write the same ledger, each the entries of its own; a claim or an automation that is gone leaves its entries to the scope.
 */

import { whenFound } from '../../kube/when-found.ts';
import type { Consumer, LedgerEntry } from '../../model/approval.ts';
import { durationMs } from '../../model/duration.ts';
import type { Protection } from '../../model/kinds/protection.ts';
import type { RequestPlan } from '../../model/request-subject.ts';
import { automatedScopeOf } from '../../watch/automations-world.ts';
import { AUTOMATIONS, CLAIMS } from '../../watch/resources.ts';
import type { Asks, AutomationView, ClaimView, ScopeView } from '../../watch/views.ts';
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
    }
  | {
      readonly kind: 'automation';
      readonly automation: AutomationView;
      /** What it sends, and where to; undefined: it asks for nothing any more. */
      readonly webhook: Pick<NonNullable<RequestPlan['webhook']>, 'url' | 'text'> | undefined;
    };

export const TARGETS: Party = { kind: 'targets' };

/** Whose Secrets are written; an automation has none. */
export function holdingView(party: Party, scope: ScopeView): HoldingView | undefined {
  return party.kind === 'automation' ? undefined : (askerOf(party) ?? scope);
}

/** Who asks beside the scope: the claim or the automation. */
export function askerOf(party: Exclude<Party, { kind: 'automation' }>): ClaimView | undefined;
export function askerOf(party: Party): ClaimView | AutomationView | undefined;
export function askerOf(party: Party): ClaimView | AutomationView | undefined {
  switch (party.kind) {
    case 'targets':
      return undefined;
    case 'claim':
      return party.claim;
    case 'automation':
      return party.automation;
    default:
      return party satisfies never;
  }
}

/** Whether an entry of the ledger is this party's to judge. */
export function concerns(
  party: Party,
  { subject: { consumer } }: LedgerEntry,
  scope: ScopeView,
  deps: Deps,
): boolean {
  const asker = askerOf(party);
  if (asker) return isOf(asker, consumer);
  return consumer.kind === 'Target' || !mayAsk(consumer, scope, deps);
}

function isOf({ kind: own, metadata }: ClaimView | AutomationView, consumer: Consumer): boolean {
  const { kind, namespace, name } = consumer;
  return kind === own && namespace === metadata.namespace && name === metadata.name;
}

/** Whether who asked is there, or may be: then what it asks for is looked at in its own turn. */
function mayAsk(consumer: Consumer, scope: ScopeView, { world }: Deps): boolean {
  const { known, view, asks } = seenAsker(consumer, world);
  if (known !== 'known') return true;
  // one that is being deleted asks for nothing any more, whatever keeps it
  if (!view || view.deleting) return false;
  return view.spec.kind !== 'ok' || asks === keyOf(scope.metadata);
}

function seenAsker(consumer: Consumer, world: Deps['world']) {
  if (consumer.kind === 'WebhookAutomation') {
    const view = world.automations.get(keyOf(consumer));
    return { known: world.automationsKnown(), view, asks: view && automatedScopeOf(view) };
  }
  const view = world.claims.get(keyOf(consumer));
  return { known: world.claimsKnown(), view, asks: view && claimedScopeOf(view) };
}

/** A watch that is behind does not show who asked yet: what was released to it is not ended before a live look. */
export async function withoutLiveAskers(
  entries: readonly LedgerEntry[],
  { world, kube }: Deps,
  signal: AbortSignal,
): Promise<LedgerEntry[]> {
  const left: LedgerEntry[] = [];
  for (const entry of entries) {
    const { consumer } = entry.subject;
    const isOpen = entry.state === 'Waiting' || entry.state === 'Released';
    const isUnseen = consumer.kind !== 'Target' && !seenAsker(consumer, world).view;
    const type = consumer.kind === 'WebhookAutomation' ? AUTOMATIONS : CLAIMS;
    const live =
      isOpen && isUnseen
        ? await whenFound(() => kube.getMetadata(type, placeOf(consumer), { signal }))
        : undefined;
    const asks = live?.metadata.uid === consumer.uid && live.metadata.deletionTimestamp === undefined;
    if (!asks) left.push(entry);
  }
  return left;
}

const placeOf = ({ namespace, name }: Consumer) => ({ namespace, name });

/** Who asks, besides whoever changed the scope. */
export function asksOf(party: Party, scope: ScopeView): Pick<Asks, 'askedAgain'> {
  return askerOf(party) ?? scope;
}

// THREATS 23: what was read when a Snapshot was made must not wait for a tired reviewer
const SNAPSHOT_PENDING_MS = 24 * 3_600_000;

/** The terms for this party: a Snapshot waits a day at most, and a release of a claim ends with its ttl at the latest. */
export function termsFor(party: Party, protection: Protection | undefined): Protection | undefined {
  if (party.kind !== 'claim' || !protection || party.claim.spec.kind !== 'ok') return protection;
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
