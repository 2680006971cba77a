/**
 * The story of a claim: which scope it asks, and whether it may → which names reach it → what reviewers let through → its
 * Secret → reported. What is over stays over. `key` is `namespace/name`.
 */
import { resolve } from '../../resolve/resolve.ts';
import type { ClaimView } from '../../watch/views.ts';
import { CLAIM_HOLDER } from '../../watch/wake-up.ts';
import { isBehind } from '../behind.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { withDiscoveries } from '../discover.ts';
import { holderKeyOf } from '../holding-view.ts';
import { withdrawLost } from '../withdraw-lost.ts';
import { type Asked, type Asking, askedScope } from './asked-scope.ts';
import { claimGenerations } from './claim-basis.ts';
import { endedBefore, stale } from './claim-ending.ts';
import { isSnapshot, planClaim } from './claim-plan.ts';
import { deliverClaim } from './deliver-claim.ts';
import { heldBy, releaseNow, releaseOfGone, releaseOfScopeless } from './release-claimed.ts';
import { endClaim, report } from './report-claim.ts';

export async function reconcileClaim(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const claim = deps.world.claims.get(key);
  if (!claim) return claimGone(key, deps, signal);
  // its Secret goes with it, by garbage collection or in a moment when it is gone
  if (claim.deleting) return { kind: 'done' };
  const asking = askedScope(claim, deps);
  const ended = endedBefore(claim);
  if (ended) return endClaim(claim, asking, ended, deps, signal);
  if (asking.kind !== 'asked') return unavailable(claim, asking, deps, signal);
  return serve(asking, deps, signal);
}

async function claimGone(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  deps.interests.replace(`${CLAIM_HOLDER}${key}`, []);
  const { againMs } = await releaseOfGone(key, deps, signal);
  return againMs === undefined ? { kind: 'done' } : { kind: 'requeueAfter', ms: againMs };
}

/** Nothing new; what is there goes where authority says no, and stays where nobody can tell. */
async function unavailable(
  claim: ClaimView,
  { kind, finding }: Exclude<Asking, Asked>,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  deps.interests.replace(holderKeyOf(claim), []);
  const released =
    kind === 'refused'
      ? await releaseNow(claim, finding.message, deps, signal)
      : kind === 'gone'
        ? await releaseOfScopeless(claim, deps, signal)
        : { findings: [], againMs: undefined };
  const findings = [finding, ...released.findings];
  const held = kind === 'refused' ? undefined : heldBy(claim, deps)[0];
  return report({ claim, findings, held, missing: [] }, deps, signal, released.againMs);
}

async function serve(asked: Asked, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const { claim, facts, namespace } = asked;
  const seen = claimGenerations(asked, deps);
  if (isBehind(claim, seen, deps)) return { kind: 'retry' };
  // what has to leave leaves before anybody is asked
  const changed = await withdrawLost(claim, facts, seen, deps, signal);
  if (isSnapshot(asked) && changed.size > 0)
    return endClaim(claim, asked, stale(claim, 'access to what it holds was taken away'), deps, signal);
  const found = await withDiscoveries(facts, deps, signal);
  const resolution = resolve(found, namespace);
  const plan = resolution.kind === 'resolved' ? planClaim(asked, resolution) : undefined;
  return deliverClaim({ ...asked, facts: found }, plan, changed, deps, signal);
}
