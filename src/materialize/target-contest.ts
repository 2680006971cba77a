import type { TargetPlan } from '../model/plan.ts';
import { type Holder, holderText } from './delivery-record.ts';
import type { ObservedTarget } from './observed-target.ts';
import type { TargetWriter } from './target-writer.ts';

/** Whose Secret it is that stands under a target's name. */
export type Contest =
  | { readonly kind: 'free' }
  | { readonly kind: 'ours'; readonly observed: ObservedTarget }
  | { readonly kind: 'stale' }
  /** It is being deleted; another one can be made when it is gone. */
  | { readonly kind: 'going'; readonly message: string }
  | { readonly kind: 'lost'; readonly message: string };

interface Claimant {
  readonly plan: TargetPlan;
  readonly holder: Holder;
  readonly observed: ObservedTarget | undefined;
}

/**
 * Decides whether a delivery may write. Who holds a Secret keeps it until they let go; a Secret that nobody
 * holds is touched only where its owner said so. The watch shows labelled Secrets alone, so what it does not
 * show is looked at before the first create.
 */
export async function contestFor(
  claimant: Claimant,
  writer: TargetWriter,
  signal: AbortSignal,
): Promise<Contest> {
  if (claimant.observed) return judge(claimant, claimant.observed);
  const place = { namespace: claimant.plan.namespace, name: claimant.plan.secretName };
  const unseen = await writer.look(place, signal);
  if (!unseen) return { kind: 'free' };
  const contest = judge(claimant, unseen);
  if (contest.kind !== 'ours') return contest;
  // labelled and ours, but not in the watch yet: wait for the watch rather than look into it
  if (unseen.managed && unseen.adopt === undefined) return { kind: 'stale' };
  // metadata tells neither type nor keys, and without them a Secret would be taken for one to replace
  const whole = await writer.lookInto(place, signal);
  return whole ? judge(claimant, whole) : { kind: 'stale' };
}

function judge(claimant: Claimant, observed: ObservedTarget): Contest {
  const { holder } = claimant;
  const own = holderText(holder);
  if (observed.proof === 'newer') return { kind: 'lost', message: newer(observed) };
  if (observed.deleting) return { kind: 'going', message: going(observed) };
  const held = observed.record && holderText(observed.record.holder);
  // by name, not UID: a scope that was restored takes its Secrets up again
  if (held === own) return { kind: 'ours', observed };
  // a record that proves nothing holds nothing against the word of the owner
  if (observed.record && observed.proof === 'proven')
    return { kind: 'lost', message: heldBy(observed, observed.record.holder) };
  if (observed.adopt === own && !observed.hasOwner) return { kind: 'ours', observed };
  return { kind: 'lost', message: foreign(observed, own) };
}

function newer({ namespace, name }: ObservedTarget): string {
  return `Secret ${namespace}/${name} was written by a newer version of SecretScope, of which this one cannot read everything; it stays as it is: run that version again`;
}

function going({ namespace, name }: ObservedTarget): string {
  return `Secret ${namespace}/${name} is being deleted, which something holds up; it is made again when it is gone`;
}

function heldBy(observed: ObservedTarget, { kind, namespace, name }: Holder): string {
  const how = kind === 'SecretClaim' ? 'delete that claim' : 'remove the target there';
  return `Secret ${observed.namespace}/${observed.name} is held by ${kind ?? 'SecretScope'} ${namespace}/${name}, which keeps it until it lets go; ${how}, or choose another secretName`;
}

function foreign(observed: ObservedTarget, own: string): string {
  const where = `Secret ${observed.namespace}/${observed.name}`;
  if (observed.hasOwner)
    return `${where} belongs to another controller (it has an ownerReference); choose another secretName`;
  return `${where} exists and is not this operator's; choose another secretName, delete it, or hand it over: kubectl annotate secret ${observed.name} -n ${observed.namespace} secretscope.dev/adopt=${own}`;
}
