/**
 * The story of a claim: which scope it asks, and whether it may → which names reach it → what reviewers let through → its
 * Secret → reported. What is over stays over. `key` is `namespace/name`.
 */
import { resolve } from '../../resolve/resolve.ts';
import type { ClaimView } from '../../watch/views.ts';
import { CLAIM_HOLDER } from '../../watch/wake-up.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import { generationsOf, isBehind } from '../behind.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { withDiscoveries } from '../discover.ts';
import { holderKeyOf } from '../holding-view.ts';
import { nextLook } from '../next-look.ts';
import { withdrawLost } from '../withdraw-lost.ts';
import { type Asked, type Asking, askedScope } from './asked-scope.ts';
import { endedBefore, expired, shownEnd, stale } from './claim-ending.ts';
import { isSnapshot, planClaim } from './claim-plan.ts';
import { deliverClaim } from './deliver-claim.ts';
import {
  type ClaimRelease,
  heldBy,
  NOTHING,
  releaseNow,
  releaseOfDeleting,
  releaseOfEarlier,
  releaseOfGone,
  releaseOfScopeless,
} from './release-claimed.ts';
import { askNoMore, endClaim, report } from './report-claim.ts';
import { waitFor } from './report-delivery.ts';

const SOON_MS = 1_000;

export async function reconcileClaim(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const shown = deps.world.claims.get(key);
  if (!shown) return claimGone(key, deps, signal);
  // that its Secret went may be seen before what was said of it then, and would end it once more, for another reason
  const claim: ClaimView = { ...shown, status: deps.statuses.known(shown) };
  // its Secret goes with it, by garbage collection or in a moment when it is gone
  if (claim.deleting) return leaving(claim, deps, signal);
  const asking = askedScope(claim, deps);
  const ended = endedBefore(claim);
  if (ended) return endClaim(claim, asking, ended, deps, signal);
  if (asking.kind !== 'asked') return unavailable(claim, asking, deps, signal);
  return serve(asking, deps, signal);
}

async function claimGone(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  deps.interests.replace(`${CLAIM_HOLDER}${key}`, []);
  const released = await releaseOfGone(key, deps, signal);
  return lookAfter(released, deps);
}

/** Whatever keeps the object: its Secret is not kept with it. */
async function leaving(claim: ClaimView, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  deps.interests.replace(holderKeyOf(claim), []);
  return lookAfter(await releaseOfDeleting(claim, deps, signal), deps);
}

function lookAfter({ findings, againMs }: ClaimRelease, deps: Deps): ReconcileResult {
  return nextLook(
    findings.map(({ reason }) => reason),
    deps,
    againMs,
  );
}

function noLater(result: ReconcileResult, ms: number | undefined): ReconcileResult {
  if (ms === undefined || result.kind === 'retry') return result;
  return { kind: 'requeueAfter', ms: result.kind === 'done' ? ms : Math.min(ms, result.ms) };
}

/** Nothing new; what is there goes where authority says no, and stays where nobody can tell, until its ttl is over. */
async function unavailable(
  claim: ClaimView,
  asking: Exclude<Asking, Asked>,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { kind, finding } = asking;
  const isRefused = kind === 'refused';
  const end = isRefused ? undefined : shownEnd(claim);
  if (end !== undefined && end <= nowOf(deps)) return endClaim(claim, asking, expired(claim), deps, signal);
  deps.interests.replace(holderKeyOf(claim), []);
  const released = isRefused
    ? await releaseNow(claim, finding.message, deps, signal)
    : kind === 'gone'
      ? await releaseOfScopeless(claim, deps, signal)
      : NOTHING;
  if (!(await askNoMore(asking, deps, signal))) return { kind: 'retry' };
  const findings = [finding, ...released.findings];
  const held = isRefused ? undefined : heldBy(claim, deps)[0];
  const found = { claim, findings, held, missing: [], expiresAt: end };
  const result = await report(found, deps, signal, released.againMs);
  return noLater(result, end === undefined ? undefined : waitFor(end, deps));
}

async function serve(asked: Asked, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const { claim, facts, namespace } = asked;
  const seen = generationsOf(asked.basis, deps);
  if (isBehind(claim, seen, deps)) return { kind: 'retry' };
  const earlier = await releaseOfEarlier(asked, deps, signal);
  // the watch does not show it yet
  if (earlier.deleted > 0) return { kind: 'requeueAfter', ms: SOON_MS };
  // what has to leave leaves before anybody is asked
  const changed = await withdrawLost(claim, facts, seen, deps, signal);
  if (isSnapshot(asked) && changed.size > 0)
    return endClaim(claim, asked, stale(claim, 'access to what it holds was taken away'), deps, signal);
  const found = await withDiscoveries(facts, deps, signal);
  const resolution = resolve(found, namespace);
  const plan = resolution.kind === 'resolved' ? planClaim(asked, resolution) : undefined;
  const result = await deliverClaim({ ...asked, facts: found }, plan, changed, deps, signal);
  return noLater(result, earlier.againMs);
}
