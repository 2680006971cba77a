/** Owns: when a claim is over, and what is remembered of that. Used by: reconcile-claim.ts. */
import { durationMs } from '../../model/duration.ts';
import type { ClaimStatus } from '../../model/kinds/secret-claim.ts';
import { REASONS, type Reason } from '../../model/reasons.ts';
import type { Told } from '../../model/verdict.ts';
import type { ClaimView } from '../../watch/views.ts';

export type Ended = NonNullable<ClaimStatus['ended']>;

/**
 * That it is over, as its status remembers. It is no authority: whoever could alter it would end a claim of their own, or
 * get what another claim would give them.
 */
export function endedBefore({ status, generation, askedAgain }: ClaimView): (Told & Ended) | undefined {
  const ended = endedIn(status);
  // an annotation that was taken away asks for nothing
  const isAsked = askedAgain !== '' && askedAgain !== ended?.askedAgain;
  if (!ended || ended.generation !== generation || isAsked) return undefined;
  return Object.hasOwn(REASONS, ended.reason) ? { ...ended, reason: ended.reason as Reason } : undefined;
}

function endedIn(status: unknown): Ended | undefined {
  if (typeof status !== 'object' || status === null || !('ended' in status)) return undefined;
  const { ended } = status as { readonly ended: Partial<Ended> | null };
  const isWhole =
    typeof ended?.generation === 'number' &&
    typeof ended.reason === 'string' &&
    typeof ended.message === 'string';
  return isWhole ? (ended as Ended) : undefined;
}

/** Whether its Secret was there when its status was written last, for the spec of now. */
export function wasDelivered({ status, generation }: ClaimView): boolean {
  const { state, observedGeneration } = (status ?? {}) as ClaimStatus;
  return state === 'Delivered' && observedGeneration === generation;
}

export function endingOf({ generation, askedAgain }: ClaimView, { reason, message }: Told): Ended {
  return { generation, ...(askedAgain !== '' && { askedAgain }), reason, message };
}

const AGAIN =
  'make another claim, change this one, or ask again: kubectl annotate secretclaim NAME -n NAMESPACE secretscope.dev/request="$(date +%s)" --overwrite';

function again({ metadata: { name, namespace } }: ClaimView): string {
  return AGAIN.replace('NAME -n NAMESPACE', `${name} -n ${namespace}`);
}

export function expired(claim: ClaimView): Told {
  const message = `its ttl is over and its Secret is gone, as was asked; to have it again, ${again(claim)}`;
  return { reason: 'Expired', message };
}

export function stale(claim: ClaimView, what: string): Told {
  const message = `${what} since this Snapshot was made, and what was revoked is not handed out; ${again(claim)}`;
  return { reason: 'SnapshotStale', message };
}

export function versionGone(claim: ClaimView): Told {
  const message = `a version of the moment this Snapshot was made cannot be read any more, and no other is handed out; ${again(claim)}`;
  return { reason: 'VersionGone', message };
}

/** When the ttl of a claim is over that nobody has to approve: counted from when it was made, by the API server. */
export function ttlEnd({ spec, createdAt }: ClaimView): number | undefined {
  const ttl = spec.kind === 'ok' ? spec.value.ttl : undefined;
  return ttl === undefined ? undefined : Date.parse(createdAt) + durationMs(ttl);
}
