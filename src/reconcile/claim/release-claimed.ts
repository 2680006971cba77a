/** Owns: letting go of the Secrets of claims that are gone, refused or over. Used by: reconcile-claim.ts. */
import { whenFound } from '../../kube/when-found.ts';
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import { type Leaving, releaseTarget } from '../../materialize/release-target.ts';
import type { Finding } from '../../report/conditions.ts';
import { CLAIMS, CRDS, NAMESPACES, SCOPES } from '../../watch/resources.ts';
import type { ClaimView } from '../../watch/views.ts';
import { CLAIM_HOLDER } from '../../watch/wake-up.ts';
import { BY_HOLDER, claimedScopeOf, keyOf } from '../../watch/world.ts';
import { apiTrouble } from '../api-trouble.ts';
import { isGuarded } from '../approval/pass-gate.ts';
import type { Deps } from '../deps.ts';
import type { Asked } from './asked-scope.ts';
import { wasReleased } from './claim-request.ts';

export interface ClaimRelease {
  readonly findings: readonly Finding[];
  /** When to look again, in milliseconds. */
  readonly againMs: number | undefined;
  /** Secrets that are gone; the watch shows that a moment later. */
  readonly deleted: number;
}

export const NOTHING: ClaimRelease = { findings: [], againMs: undefined, deleted: 0 };
// uninstalling is under way, or a namespace: nothing is decided from what is missing then
const LATER_MS = 30_000;

/** Of a claim that the watch does not show: it is gone when a live read says so, and nothing else is going away. */
export async function releaseOfGone(key: string, deps: Deps, signal: AbortSignal): Promise<ClaimRelease> {
  const held = deps.targets.by(BY_HOLDER, `${CLAIM_HOLDER}${key}`).filter(({ deleting }) => !deleting);
  if (held.length === 0) return NOTHING;
  if (!(await isGone('SecretClaim', key, deps, signal))) return { ...NOTHING, againMs: LATER_MS };
  const leaving = (one: ObservedTarget): Leaving => (sawLeave(one, deps) ? 'witnessed' : 'found');
  return releaseEach(held, leaving, `SecretClaim ${key} is gone`, undefined, deps, signal);
}

function sawLeave({ record }: ObservedTarget, { claimWitness }: Deps): boolean {
  return record !== undefined && claimWitness.sawLeave(record.holder.uid, record.target);
}

/**
 * Of an earlier claim of this name: what it had elsewhere, and what was released to it and to nobody else. Otherwise
 * whoever deletes a claim and makes it again keeps its Secret, and no ttl, Revoke or end of a release ever takes it.
 */
export async function releaseOfEarlier(asked: Asked, deps: Deps, signal: AbortSignal): Promise<ClaimRelease> {
  const { claim, wish, scope, spec } = asked;
  const { uid } = claim.metadata;
  const isOver = (one: ObservedTarget) =>
    sawLeave(one, deps) || wasReleased(asked, one.record?.holder.uid ?? '', deps);
  const earlier = heldBy(claim, deps).filter(
    (one) =>
      one.record?.holder.uid !== uid && (one.name !== wish.secretName || (isGuarded(spec) && isOver(one))),
  );
  if (earlier.length === 0) return NOTHING;
  // a watch that is behind shows an older claim of that name
  const live = await whenFound(() => deps.kube.getMetadata(CLAIMS, claim.metadata, { signal }));
  if (live?.metadata.uid !== uid) return { ...NOTHING, againMs: LATER_MS };
  const leaving = (one: ObservedTarget): Leaving => (isOver(one) ? 'notAdmitted' : 'found');
  const why = `an earlier SecretClaim ${keyOf(claim.metadata)} on ${keyOf(scope.metadata)} is gone`;
  return releaseEach(earlier, leaving, why, claim, deps, signal);
}

/** Of a claim that is being deleted and that a finalizer keeps: nothing else may be going away. */
export async function releaseOfDeleting(
  claim: ClaimView,
  deps: Deps,
  signal: AbortSignal,
): Promise<ClaimRelease> {
  const held = heldBy(claim, deps);
  if (held.length === 0) return NOTHING;
  const { namespace } = claim.metadata;
  if (!(await goesAlone('SecretClaim', namespace, deps, signal))) return { ...NOTHING, againMs: LATER_MS };
  const why = `SecretClaim ${keyOf(claim.metadata)} is being deleted`;
  return releaseEach(held, () => 'notAdmitted', why, claim, deps, signal);
}

/** Of a claim whose scope is gone: nobody here saw it go, so its Secret stays for the grace period. */
export async function releaseOfScopeless(
  claim: ClaimView,
  deps: Deps,
  signal: AbortSignal,
): Promise<ClaimRelease> {
  const held = heldBy(claim, deps);
  const key = claimedScopeOf(claim);
  if (held.length === 0 || key === undefined) return NOTHING;
  if (!(await isGone('SecretScope', key, deps, signal))) return { ...NOTHING, againMs: LATER_MS };
  return releaseEach(held, () => 'found', `SecretScope ${key} is gone`, claim, deps, signal);
}

/** At once: authority says no, or the claim is over. */
export function releaseNow(
  claim: ClaimView,
  why: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ClaimRelease> {
  return releaseEach(heldBy(claim, deps), () => 'notAdmitted', why, claim, deps, signal);
}

export function heldBy(claim: ClaimView, { targets }: Pick<Deps, 'targets'>): ObservedTarget[] {
  return targets
    .by(BY_HOLDER, `${CLAIM_HOLDER}${keyOf(claim.metadata)}`)
    .filter(({ deleting, proof }) => !deleting && proof !== 'invalid');
}

async function isGone(
  kind: 'SecretClaim' | 'SecretScope',
  key: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const type = kind === 'SecretClaim' ? CLAIMS : SCOPES;
  const [namespace = '', name = ''] = key.split('/');
  const live = await whenFound(() => deps.kube.getMetadata(type, { namespace, name }, { signal }));
  return !live && goesAlone(kind, namespace, deps, signal);
}

/** Neither the kind nor the namespace is going: nobody wished that for any one of their objects. */
async function goesAlone(
  kind: 'SecretClaim' | 'SecretScope',
  namespace: string,
  { kube, claimWitness }: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const type = kind === 'SecretClaim' ? CLAIMS : SCOPES;
  const crd = await whenFound(() =>
    kube.getMetadata(CRDS, { name: `${type.plural}.secretscope.dev` }, { signal }),
  );
  const kindUid = crd?.metadata.deletionTimestamp === undefined ? crd?.metadata.uid : undefined;
  if (kind === 'SecretClaim') claimWitness.kindIs(kindUid);
  if (kindUid === undefined) return false;
  const home = await whenFound(() => kube.getMetadata(NAMESPACES, { name: namespace }, { signal }));
  return home?.metadata.deletionTimestamp === undefined;
}

async function releaseEach(
  held: readonly ObservedTarget[],
  leaving: (observed: ObservedTarget) => Leaving,
  why: string,
  claim: ClaimView | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<ClaimRelease> {
  const findings: Finding[] = [];
  const waits: number[] = [];
  let deleted = 0;
  for (const observed of held) {
    const nowMs = deps.kube.serverTime()?.at ?? deps.clock.now();
    const input = { observed, leaving: leaving(observed), nowMs, graceMs: deps.orphanGraceMs };
    try {
      const released = await releaseTarget(input, deps.writer, signal);
      tell(observed, released.kind, why, claim, deps);
      if (released.kind === 'deleted') deleted += 1;
      const { record } = observed;
      if (released.kind === 'deleted' && record) deps.claimWitness.forget(record.holder.uid, record.target);
      if (released.kind === 'orphaned') waits.push(Math.max(1_000, released.untilMs - nowMs));
      if (released.kind === 'stale') waits.push(1_000);
      if (released.kind === 'denied' || released.kind === 'retained')
        findings.push(cannotRemove(observed, why));
    } catch (error) {
      findings.push(apiTrouble(error, keyOf(observed)));
      waits.push(LATER_MS);
    }
  }
  return { findings, againMs: waits.length > 0 ? Math.min(...waits) : undefined, deleted };
}

function cannotRemove({ namespace, name }: ObservedTarget, why: string): Finding {
  const message = `${why}; Secret ${namespace}/${name} has to go and cannot be deleted by this operator: delete it by hand (kubectl delete secret ${name} -n ${namespace}), and rotate what it holds`;
  return { reason: 'WithdrawalPending', message };
}

function tell(
  observed: ObservedTarget,
  outcome: string,
  why: string,
  claim: ClaimView | undefined,
  deps: Deps,
): void {
  const secret = keyOf(observed);
  deps.log.info({ secret, outcome }, `Secret ${secret} is no longer wanted (${why}): ${outcome}`);
  if (outcome !== 'deleted') return;
  deps.metrics.targetWrite('delete');
  const regarding = claim ?? {
    kind: 'Secret',
    metadata: { name: observed.name, namespace: observed.namespace, uid: observed.uid },
  };
  const note = `Secret ${secret} was deleted: ${why}`;
  deps.emit({ regarding, type: 'Normal', reason: 'Deleted', action: 'Release', note });
}
