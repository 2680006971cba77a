/** Owns: telling what became of a claim, and ending one. Used by: reconcile-claim.ts, deliver-claim.ts. */
import type { Json } from '../../model/canonical-json.ts';
import { gravest, type Reason, reasonPolicy } from '../../model/reasons.ts';
import type { Told } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import { CLAIMS } from '../../watch/resources.ts';
import type { ClaimView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import { throughGate } from '../approval/through-gate.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { holderKeyOf } from '../holding-view.ts';
import { nextLook } from '../next-look.ts';
import type { Asked, Asking } from './asked-scope.ts';
import { endedBefore, endingOf } from './claim-ending.ts';
import { hasOpenRequest } from './claim-request.ts';
import { type ClaimReport, claimStatus } from './claim-status.ts';
import { releaseNow } from './release-claimed.ts';

/** Over: its Secret goes, what it had asked for is closed, and the claim says so from then on. */
export async function endClaim(
  claim: ClaimView,
  asking: Asking,
  told: Told,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  deps.interests.replace(holderKeyOf(claim), []);
  const { findings, againMs } = await releaseNow(claim, told.message, deps, signal);
  if (!(await askNoMore(asking, deps, signal))) return { kind: 'retry' };
  const { reason, message } = told;
  const ended = endedBefore(claim) ?? endingOf(claim, told);
  const said: Finding[] = [{ reason, message }, ...findings];
  return report({ claim, findings: said, held: undefined, missing: [], ended }, deps, signal, againMs);
}

/** What it had asked for is closed, and what was released to it is over. False: look again. */
export async function askNoMore(asking: Asking, deps: Deps, signal: AbortSignal): Promise<boolean> {
  const asked = asking.kind === 'asked' ? asking : 'asked' in asking ? asking.asked : undefined;
  return !asked || !hasOpenRequest(asked, deps) || closeRequests(asked, deps, signal);
}

async function closeRequests(asked: Asked, deps: Deps, signal: AbortSignal): Promise<boolean> {
  const { claim, scope: view, spec, facts, basis } = asked;
  const party = { kind: 'claim', claim, isOver: true } as const;
  const describe = () => Promise.resolve(new Map());
  const gate = await throughGate(
    { view, spec, party, facts, basis, plans: undefined, describe },
    deps,
    signal,
  );
  return gate !== 'again' && (await gate.report(signal));
}

/** `untold`: why names cannot be had, which is the owner's business and decides when to look again. */
export async function report(
  found: ClaimReport,
  deps: Deps,
  signal: AbortSignal,
  againMs?: number,
  untold: readonly Reason[] = [],
): Promise<ReconcileResult> {
  const at = new Date(deps.kube.serverTime()?.at ?? deps.clock.now());
  const status = claimStatus(found, at.toISOString().replace(/\.\d+Z$/, 'Z'));
  const outcome = await deps.statuses.write(CLAIMS, found.claim, status, signal);
  if (outcome === 'stale') return { kind: 'retry' };
  if (outcome === 'written') announce(found, status, deps);
  // what is over does not come back by itself
  const reasons = found.ended ? [] : [...found.findings.map(({ reason }) => reason), ...untold];
  return nextLook(reasons, deps, againMs);
}

/** Once for each state: what was said before, also before a restart, is not said again. */
function announce({ claim, findings }: ClaimReport, status: Json, deps: Deps): void {
  const bad = gravest(findings.filter(({ reason }) => reasonPolicy(reason).ready === 'False'));
  if (!bad || readyOf(claim.status) === readyOf(status)) return;
  const policy = reasonPolicy(bad.reason);
  deps.log[policy.log]({ claim: keyOf(claim.metadata), reason: bad.reason }, bad.message);
  if (policy.event === 'None') return;
  const { reason, message: note } = bad;
  deps.emit({ regarding: claim, type: policy.event, reason, action: 'Reconcile', note });
}

function readyOf(status: unknown): string {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly Finding[] };
  const ready = conditions.find((condition) => 'type' in condition && condition.type === 'Ready');
  return ready ? `${ready.reason} ${ready.message}` : '';
}
