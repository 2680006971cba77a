/** Owns: the way of a claim's plan through the gate to its Secret. Used by: reconcile-claim.ts, which tells the story. */
import type { TargetPlan } from '../../model/plan.ts';
import type { Reason } from '../../model/reasons.ts';
import type { Finding } from '../../report/conditions.ts';
import { keyOf } from '../../watch/world.ts';
import type { GatedTarget } from '../approval/gate-result.ts';
import { endsWithTTL } from '../approval/party.ts';
import { isGuarded } from '../approval/pass-gate.ts';
import { removeEnded } from '../approval/remove-ended.ts';
import { type Through, throughGate } from '../approval/through-gate.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import { generationsOf } from '../behind.ts';
import { deliverPlan } from '../deliver-plan.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { holderKeyOf } from '../holding-view.ts';
import { newLines } from '../new-lines.ts';
import { interestsOf, versionsOf } from '../plan-lines.ts';
import type { TargetResult } from '../scope-findings.ts';
import { ToldFailures } from '../told-failure.ts';
import type { Changed } from '../withdraw-lost.ts';
import { type Asked, unprovenRight } from './asked-scope.ts';
import { expired, stale, ttlEnd, versionGone } from './claim-ending.ts';
import { isSnapshot, pinned } from './claim-plan.ts';
import { type ClaimRequest, isStillThat, requestOf, wasReleased } from './claim-request.ts';
import { newerWrite } from './newer-write.ts';
import { heldBy } from './release-claimed.ts';
import { endClaim } from './report-claim.ts';
import { reportDelivery } from './report-delivery.ts';
import { isOnItsWay, isUnseen, ownSecretOf, takenSnapshot } from './taken-snapshot.ts';

/** `plan` is undefined where the scope itself cannot be resolved: what is there stays. */
export async function deliverClaim(
  asked: Asked,
  plan: TargetPlan | undefined,
  changed: Changed,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const run = new ClaimRun(asked, changed, deps, signal);
  const ended = run.ttlIsOver() ? expired(asked.claim) : undefined;
  if (ended) return endClaim(asked.claim, asked, ended, deps, signal);
  return run.deliver(plan);
}

/** Versions that were there when a Snapshot was made, and cannot be had when it is released. */
const GONE: ReadonlySet<Reason> = new Set<Reason>([
  'VersionGone',
  'VersionDisabled',
  'SecretMissing',
  'SoftDeleted',
]);

class ClaimRun {
  readonly #asked: Asked;
  readonly #changed: Changed;
  readonly #deps: Deps;
  readonly #signal: AbortSignal;
  readonly #told: ToldFailures;
  readonly #isGuarded: boolean;

  constructor(asked: Asked, changed: Changed, deps: Deps, signal: AbortSignal) {
    const { claim, scope, spec } = asked;
    this.#asked = asked;
    this.#changed = changed;
    this.#deps = deps;
    this.#signal = signal;
    this.#isGuarded = isGuarded(spec);
    const isOwn = scope.metadata.namespace === claim.metadata.namespace;
    this.#told = new ToldFailures(claim, isOwn ? scope.metadata.uid : undefined, deps);
  }

  /** Under protection the gate counts it, from the release on. */
  ttlIsOver(): boolean {
    const end = this.#ttlEnd();
    return end !== undefined && end <= nowOf(this.#deps);
  }

  async deliver(plan: TargetPlan | undefined): Promise<ReconcileResult> {
    const { claim } = this.#asked;
    const request = await requestOf(this.#asked, this.#deps, this.#signal);
    const unproven = unprovenRight(this.#asked, heldBy(claim, this.#deps).length > 0, this.#deps);
    const taken = takenSnapshot(this.#asked, this.#deps);
    const isLost = isUnseen(this.#asked, this.#deps);
    if (isLost && (await isOnItsWay(this.#asked, this.#deps, this.#signal))) return { kind: 'retry' };
    const wanted = unproven || taken || isLost ? undefined : plan && (await this.#ofItsMoment(plan, request));
    if (wanted && isSnapshot(this.#asked) && request && !isStillThat(wanted, request))
      return this.#end(stale(claim, 'what may be claimed has changed'));
    const replaced = wanted && isSnapshot(this.#asked) && request && this.#replaced(wanted, request);
    if (replaced) return this.#end(stale(claim, `a newer value of ${replaced} was stored`));
    const gate = await this.#throughGate(wanted);
    if (gate === 'again') return { kind: 'retry' };
    const gated = gate.targets.get(this.#asked.wish.secretName);
    if (this.#endsByTTL(gated)) {
      // the ledger holds the end by now, so nobody else would tell it of the request
      return (await gate.report(this.#signal)) ? this.#end(expired(claim)) : { kind: 'retry' };
    }
    // unless it went with the release that it was of, just before the operator ended
    if (isLost && gated?.remove !== true) return this.#end(stale(claim, 'its Secret was deleted'));
    const left = await removeEnded(claim, gate.targets, this.#deps, this.#signal);
    const result = await this.#write(wanted && gate.plans[0], gated);
    if (result?.outcome.kind === 'stale') return { kind: 'retry' };
    if (result && this.#isGone(gated, result)) return this.#end(versionGone(claim));
    const findings = [...gate.findings, ...left, ...unplanned(plan)];
    const delivered = { gate, result, findings, unproven, untold: this.#told.causes, ttlEnd: this.#ttlEnd() };
    return reportDelivery(this.#asked, delivered, this.#deps, this.#signal);
  }

  #end(told: Parameters<typeof endClaim>[2]): Promise<ReconcileResult> {
    return endClaim(this.#asked.claim, this.#asked, told, this.#deps, this.#signal);
  }

  async #ofItsMoment(plan: TargetPlan, request: ClaimRequest | undefined): Promise<TargetPlan> {
    if (!isSnapshot(this.#asked) || !this.#isGuarded || plan.violation) return plan;
    const versions = request
      ? new Map()
      : await versionsOf([plan], 'mayNotRead', this.#told, this.#deps, this.#context());
    return pinned(plan, request?.plan, versions);
  }

  #replaced(plan: TargetPlan, { record }: ClaimRequest): string | undefined {
    return newerWrite(plan, record.createdAt, this.#deps);
  }

  #throughGate(plan: TargetPlan | undefined): Promise<Through | 'again'> {
    const { claim, scope: view, spec, facts, basis } = this.#asked;
    const plans = plan && [plan];
    this.#deps.interests.replace(holderKeyOf(claim), interestsOf(facts, plans ?? []));
    const input = {
      view,
      spec,
      party: { kind: 'claim', claim, isOver: false } as const,
      facts,
      basis,
      plans,
      describe: () => versionsOf(plans ?? [], 'mayNotRead', this.#told, this.#deps, this.#context()),
    };
    return throughGate(input, this.#deps, this.#signal);
  }

  async #write(
    plan: TargetPlan | undefined,
    gate: GatedTarget | undefined,
  ): Promise<TargetResult | undefined> {
    if (!plan) return undefined;
    const { claim, spec, facts, basis } = this.#asked;
    const deps = this.#deps;
    const suspended = spec.suspend === true;
    deps.interests.replace(holderKeyOf(claim), interestsOf(facts, [plan]));
    const isNew = newLines(claim, suspended, [plan], deps);
    const versions = await versionsOf([plan], isNew, this.#told, deps, this.#context());
    const delivery = {
      view: claim,
      suspended,
      plan,
      versions,
      changed: this.#changed,
      told: this.#told,
      gate,
      seen: generationsOf(basis, deps),
      ...(isSnapshot(this.#asked) && { once: true }),
    };
    const result = await deliverPlan(delivery, deps, this.#signal);
    tellDelivery(this.#asked, result, deps);
    return result;
  }

  /** Only what was approved is waited for: before that nothing of it was read. */
  #isGone(gate: GatedTarget | undefined, { outcome }: TargetResult): boolean {
    if (!isSnapshot(this.#asked) || !this.#isGuarded || gate?.live !== true) return false;
    // of its own namespace's scope it is told why, of every other one not
    const kept = outcome.kind === 'notWritable' ? [] : outcome.kept.map(({ reason }) => reason);
    return [...this.#told.causes, ...kept].some((reason) => GONE.has(reason));
  }

  #endsByTTL(gate: GatedTarget | undefined): boolean {
    const { protection } = this.#asked.spec;
    if (gate?.pending?.reason !== 'GrantExpired' || !protection) return false;
    return endsWithTTL(protection, this.#asked.wish.ttl);
  }

  #ttlEnd(): number | undefined {
    const { claim } = this.#asked;
    const held = ownSecretOf(this.#asked, this.#deps);
    // what was delivered before anybody guarded the scope rests on no release
    const isOfBefore = held !== undefined && !wasReleased(this.#asked, claim.metadata.uid, this.#deps);
    return this.#isGuarded && !isOfBefore ? undefined : ttlEnd(claim, held);
  }

  #context() {
    return { tenant: this.#asked.claim.metadata.namespace, signal: this.#signal };
  }
}

function unplanned(plan: TargetPlan | undefined): Finding[] {
  if (plan) return [];
  const message =
    'the scope breaks a rule of its own and delivers nothing; what is there stays; ask its owner, whose scope says which';
  return [{ reason: 'NotAvailable', message }];
}

function tellDelivery({ claim }: Asked, { plan, outcome }: TargetResult, deps: Deps): void {
  if (outcome.kind !== 'delivered' || outcome.written.length + outcome.removed.length === 0) return;
  const secret = `${plan.namespace}/${plan.secretName}`;
  const [written, removed] = [outcome.written.length, outcome.removed.length];
  const what = outcome.created ? 'created' : 'changed';
  deps.log.info({ claim: keyOf(claim.metadata), secret, written, removed }, `${what} a Secret`);
  const version = outcome.observed?.resourceVersion ?? 'unknown';
  const note = `Secret ${secret}: ${what}, ${written} written, ${removed} removed (resourceVersion ${version})`;
  deps.emit({ regarding: claim, type: 'Normal', reason: 'Materialized', action: 'Deliver', note });
}
