/** Owns: what has to be known before anything is decided, and is not. Used by: pass-gate.ts. */
import { isKubeError } from '../../kube/kube-error.ts';
import type { Uncertainty } from '../../model/plan.ts';
import { SCOPES } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';

// a Lease is renewed every few seconds, so a minute without any answer is a connection that is gone (THREATS 21)
const MAX_TIME_AGE_MS = 60_000;

/** The API server's time; it never runs ahead, so that what it opens can only open late. */
export function nowOf({ kube, clock }: Pick<Deps, 'kube' | 'clock'>): number {
  return kube.serverTime()?.at ?? clock.now();
}

// every answer tells the time; a leader has one every few seconds, a single replica without a Lease may have none
const FRESH_MS = 1_000;

/** Asks the API server anything, where it has not told the time for a while. */
export async function refreshTime(
  { metadata: { namespace, name } }: ScopeView,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const time = kube.serverTime();
  if (time !== undefined && time.ageMs < FRESH_MS) return;
  try {
    await kube.getMetadata(SCOPES, { namespace, name }, { signal });
  } catch (error) {
    // without an answer the time is too old, which is said below; a refusal tells the time as well
    if (!isKubeError(error)) throw error;
  }
}

/** While there is anything, nothing is opened and nothing is closed. */
export function whatIsUnknown({ world, kube }: Deps): Uncertainty[] {
  const known = world.approvalsKnown();
  const time = kube.serverTime();
  const found: Uncertainty[] = [];
  if (known !== 'known')
    found.push({
      reason: 'ApprovalUnknown',
      message: `whether this is approved is not known: ${known.missing}; if that lasts, apply again what you installed with (secretscope doctor has the command)`,
    });
  if (time === undefined || time.ageMs > MAX_TIME_AGE_MS)
    found.push({
      reason: 'ApprovalUnknown',
      message: "the API server's time is not known; the operator asks again",
    });
  return found;
}
