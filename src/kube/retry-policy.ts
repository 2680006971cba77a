/**
 * When a failed call is sent again, and after how long. Pure.
 * Called by the transport. Longer waits belong to the work queue, which lets go of the worker meanwhile.
 */
import type { KubeError } from './kube-error.ts';

// 3 waits of at most 10 s together: a worker's deadline of 30 s still leaves time for the calls
const MAX_RETRIES = 3;
const MAX_WAIT_SUM_MS = 10_000;
const BASE_WAIT_MS = 200;
// Retry-After is whole seconds for everybody at once; up to a quarter more spreads the herd
const HERD_JITTER = 0.25;

export interface Attempts {
  /** retries so far */
  readonly retries: number;
  /** milliseconds waited so far */
  readonly waitedMs: number;
  /** whether credentials were read again already */
  readonly refreshed: boolean;
}

export type NextAttempt =
  | { readonly kind: 'giveUp' }
  | { readonly kind: 'wait'; readonly ms: number; readonly refresh: boolean };

const GIVE_UP: NextAttempt = { kind: 'giveUp' };

/** `random` in [0, 1). */
export function nextAttempt(
  error: KubeError,
  idempotent: boolean,
  soFar: Attempts,
  random: number,
): NextAttempt {
  if (isStale(error)) return soFar.refreshed ? GIVE_UP : { kind: 'wait', ms: 0, refresh: true };
  // 429 says that nothing was executed, so even a create may be sent again
  if (soFar.retries >= MAX_RETRIES || !(idempotent || error.kind === 'throttled')) return GIVE_UP;
  const ms = waitFor(error, soFar, random);
  if (ms === undefined || soFar.waitedMs + ms > MAX_WAIT_SUM_MS) return GIVE_UP;
  return { kind: 'wait', ms, refresh: false };
}

/** A token or a CA may have been rotated since we read it. Nothing was executed, so this is safe for any verb. */
function isStale({ kind, reason = '' }: KubeError): boolean {
  return (
    kind === 'unauthorized' ||
    (kind === 'network' && /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(reason))
  );
}

function waitFor(error: KubeError, { retries }: Attempts, random: number): number | undefined {
  const { kind, status, reason, retryAfterMs } = error;
  if (kind === 'throttled' || status === 503) {
    return retryAfterMs === undefined
      ? BASE_WAIT_MS * 2 ** retries * (0.5 + random)
      : retryAfterMs * (1 + HERD_JITTER * random);
  }
  // an idle connection that the server closed while we were sending; a server that is down refuses connections
  const cut = kind === 'network' && reason !== undefined && CUT_CONNECTION.has(reason);
  return cut && retries === 0 ? BASE_WAIT_MS * random : undefined;
}

const CUT_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
