import { ORPHANED_ANNOTATION } from './delivery-record.ts';
import type { ObservedTarget } from './observed-target.ts';
import type { TargetWriter } from './target-writer.ts';

/** Why a Secret is no longer wanted by the scope that holds it. */
export type Leaving =
  /** the scope or target was seen by this process and is confirmed to be gone */
  | 'witnessed'
  /** it is gone, but was not seen to go: a restart or a restored backup may be the cause */
  | 'found'
  /** the namespace is no longer admitted or selected: authority says no */
  | 'notAdmitted';

export type Released =
  /** `denied`: the operator has no right to let it go, so a person has to. */
  | { readonly kind: 'deleted' | 'retained' | 'stale' | 'denied' }
  | { readonly kind: 'orphaned'; readonly untilMs: number; readonly isNew: boolean };

export interface ReleaseInput {
  readonly observed: ObservedTarget;
  readonly leaving: Leaving;
  /** Milliseconds since 1970 by the API server's clock. */
  readonly nowMs: number;
  /** How long a Secret stays whose holder was not seen to go. */
  readonly graceMs: number;
}

/**
 * Lets go of a Secret whose target is gone. Only a Secret that this installation provably wrote is ever
 * deleted, and one whose holder vanished unseen only after the grace period, which a restart does not shorten.
 */
export async function releaseTarget(
  input: ReleaseInput,
  writer: TargetWriter,
  signal: AbortSignal,
): Promise<Released> {
  const { observed } = input;
  if (observed.proof !== 'proven' || !observed.record) return { kind: 'retained' };
  if (input.leaving === 'found') {
    const waiting = await graceLeft(input, writer, signal);
    if (waiting) return waiting;
  }
  if (observed.record.deletionPolicy === 'Retain' && input.leaving !== 'notAdmitted') {
    const outcome = await writer.release(observed, signal);
    return { kind: outcome === 'released' ? 'retained' : outcome };
  }
  return { kind: await writer.delete(observed, signal) };
}

async function graceLeft(
  input: ReleaseInput,
  writer: TargetWriter,
  signal: AbortSignal,
): Promise<Released | undefined> {
  const since = Date.parse(input.observed.orphanedSince ?? '');
  const isNew = Number.isNaN(since) || since > input.nowMs;
  if (isNew)
    await writer.annotate(input.observed, ORPHANED_ANNOTATION, new Date(input.nowMs).toISOString(), signal);
  const untilMs = (isNew ? input.nowMs : since) + input.graceMs;
  return untilMs > input.nowMs ? { kind: 'orphaned', untilMs, isNew } : undefined;
}
