/** Owns: when a claim is over, and what is remembered of that. Used by: reconcile-claim.ts. */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
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

function again({ metadata: { name, namespace }, spec }: ClaimView): string {
  const mayChange = spec.kind === 'ok' && spec.value.mode !== 'Snapshot';
  const change = mayChange ? ', give this one a longer ttl,' : '';
  return `make another claim${change} or ask again: kubectl annotate secretclaim ${name} -n ${namespace} secretscope.dev/request="$(date +%s)" --overwrite`;
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

/** Until when its Secret stays, as its status said last of the spec of now. It is believed only to take away. */
export function shownEnd({ status, generation }: ClaimView): number | undefined {
  const { expires = '', observedGeneration } = (status ?? {}) as ClaimStatus;
  const at = Date.parse(expires);
  return Number.isNaN(at) || observedGeneration !== generation ? undefined : at;
}

/**
 * When the ttl of a claim is over that nobody has to approve: counted from when it was made, by the API server. One that
 * was asked for again has it from then on when its Secret was made again.
 */
export function ttlEnd(
  { spec, createdAt, askedAgain }: ClaimView,
  held: ObservedTarget | undefined,
): number | undefined {
  const ttl = spec.kind === 'ok' ? spec.value.ttl : undefined;
  if (ttl === undefined) return undefined;
  const madeAt = Date.parse(createdAt);
  if (askedAgain === '') return madeAt + durationMs(ttl);
  return held && Math.max(madeAt, held.createdAt) + durationMs(ttl);
}
