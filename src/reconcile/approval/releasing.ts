/** Owns: the compare-and-swap of a request's status to Releasing, after the last live look. Used by: pass-gate.ts. */
import type { LedgerEntry } from '../../model/approval.ts';
import { REQUESTS } from '../../watch/resources.ts';
import type { Deps } from '../deps.ts';
import { liveCheck, type Releasing } from './live-check.ts';
import { releasingStatus } from './request-status.ts';

/**
 * What lands before this was counted, and what lands later is a Revoke (API-REVIEW 15). False: something moved, and
 * nothing was released.
 */
export async function releaseOf(
  { entry, ...rest }: Omit<Releasing, 'request'> & { readonly entry: LedgerEntry },
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const scope = `${rest.view.metadata.namespace}/${rest.view.metadata.name}`;
  const check = await liveCheck({ ...rest, request: entry.request }, deps, signal);
  if (check.kind === 'moved') {
    deps.log.info(
      { scope, request: entry.request.name },
      `not released: ${check.what} changed meanwhile; deciding again`,
    );
    return false;
  }
  const status = releasingStatus(entry, check.request, rest.view);
  const outcome = await deps.statuses.write(REQUESTS, check.request, status, signal);
  return outcome === 'written' || outcome === 'unchanged';
}
