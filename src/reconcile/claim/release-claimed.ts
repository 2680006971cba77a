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
import type { Deps } from '../deps.ts';

export interface ClaimRelease {
  readonly findings: readonly Finding[];
  /** When to look again, in milliseconds. */
  readonly againMs: number | undefined;
}

const NOTHING: ClaimRelease = { findings: [], againMs: undefined };
// uninstalling is under way, or a namespace: nothing is decided from what is missing then
const LATER_MS = 30_000;

/** Of a claim that the watch does not show: it is gone when a live read says so, and nothing else is going away. */
export async function releaseOfGone(key: string, deps: Deps, signal: AbortSignal): Promise<ClaimRelease> {
  const held = deps.targets.by(BY_HOLDER, `${CLAIM_HOLDER}${key}`).filter(({ deleting }) => !deleting);
  if (held.length === 0) return NOTHING;
  if (!(await isGone('SecretClaim', key, deps, signal))) return { ...NOTHING, againMs: LATER_MS };
  const witness = ({ record }: ObservedTarget): Leaving =>
    record && deps.claimWitness.sawLeave(record.holder.uid, record.target) ? 'witnessed' : 'found';
  return releaseEach(held, witness, `SecretClaim ${key} is gone`, undefined, deps, signal);
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
  { kube, claimWitness }: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const type = kind === 'SecretClaim' ? CLAIMS : SCOPES;
  const [namespace = '', name = ''] = key.split('/');
  const live = await whenFound(() => kube.getMetadata(type, { namespace, name }, { signal }));
  if (live) return false;
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
  for (const observed of held) {
    const nowMs = deps.kube.serverTime()?.at ?? deps.clock.now();
    const input = { observed, leaving: leaving(observed), nowMs, graceMs: deps.orphanGraceMs };
    try {
      const released = await releaseTarget(input, deps.writer, signal);
      tell(observed, released.kind, why, claim, deps);
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
  return { findings, againMs: waits.length > 0 ? Math.min(...waits) : undefined };
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
