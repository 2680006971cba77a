/** Owns: the way of a claim's plan through the gate to its Secret. Used by: reconcile-claim.ts, which tells the story. */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
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
import { claimBasis } from './claim-basis.ts';
import { expired, stale, ttlEnd, versionGone, wasDelivered } from './claim-ending.ts';
import { isSnapshot, pinned } from './claim-plan.ts';
import { type ClaimRequest, isStillThat, requestOf } from './claim-request.ts';
import { heldBy } from './release-claimed.ts';
import { endClaim } from './report-claim.ts';
import { reportDelivery } from './report-delivery.ts';

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
    const request = requestOf(this.#asked, this.#deps);
    const unproven = unprovenRight(this.#deps);
    const taken = this.#taken();
    if (isSnapshot(this.#asked) && !taken && wasDelivered(claim)) {
      // one watch may be behind another
      if (await this.#isThere()) return { kind: 'retry' };
      return this.#end(stale(claim, 'its Secret was deleted'));
    }
    const wanted = unproven || taken ? undefined : plan && (await this.#ofItsMoment(plan, request));
    if (wanted && isSnapshot(this.#asked) && request && !isStillThat(wanted, request))
      return this.#end(stale(claim, 'what may be claimed has changed'));
    const gate = await this.#throughGate(wanted);
    if (gate === 'again') return { kind: 'retry' };
    const gated = gate.targets.get(this.#asked.wish.secretName);
    if (this.#endsByTTL(gated)) return this.#end(expired(claim));
    const left = await removeEnded(claim, gate.targets, this.#deps, this.#signal);
    const result = await this.#write(wanted && gate.plans[0], gated);
    if (result?.outcome.kind === 'stale') return { kind: 'retry' };
    if (result && this.#isGone(gated)) return this.#end(versionGone(claim));
    const findings = [...gate.findings, ...left, ...unplanned(plan)];
    const delivered = { gate, result, findings, unproven, untold: this.#told.causes, ttlEnd: this.#ttlEnd() };
    return reportDelivery(this.#asked, delivered, this.#deps, this.#signal);
  }

  #end(told: Parameters<typeof endClaim>[2]): Promise<ReconcileResult> {
    return endClaim(this.#asked.claim, this.#asked, told, this.#deps, this.#signal);
  }

  /** A Snapshot that was taken is never written again. */
  #taken(): ObservedTarget | undefined {
    const { claim } = this.#asked;
    if (!isSnapshot(this.#asked)) return undefined;
    return heldBy(claim, this.#deps).find(({ record }) => record?.holder.uid === claim.metadata.uid);
  }

  async #isThere(): Promise<boolean> {
    const { wish, namespace } = this.#asked;
    const place = { namespace: namespace.name, name: wish.secretName };
    return (await this.#deps.writer.look(place, this.#signal)) !== undefined;
  }

  async #ofItsMoment(plan: TargetPlan, request: ClaimRequest | undefined): Promise<TargetPlan> {
    if (!isSnapshot(this.#asked) || !this.#isGuarded || plan.violation) return plan;
    const versions = request
      ? new Map()
      : await versionsOf([plan], 'mayNotRead', this.#told, this.#deps, this.#context());
    return pinned(plan, request?.plan, versions);
  }

  #throughGate(plan: TargetPlan | undefined): Promise<Through | 'again'> {
    const { claim, scope: view, spec, facts } = this.#asked;
    const plans = plan && [plan];
    this.#deps.interests.replace(holderKeyOf(claim), interestsOf(facts, plans ?? []));
    const input = {
      view,
      spec,
      party: { kind: 'claim', claim, isOver: false } as const,
      facts,
      basis: claimBasis(this.#asked, this.#deps),
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
    const { claim, spec, facts } = this.#asked;
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
      seen: generationsOf(claimBasis(this.#asked, deps)),
      ...(isSnapshot(this.#asked) && { once: true }),
    };
    const result = await deliverPlan(delivery, deps, this.#signal);
    tellDelivery(this.#asked, result, deps);
    return result;
  }

  /** Only what was approved is waited for: before that nothing of it was read. */
  #isGone(gate: GatedTarget | undefined): boolean {
    if (!isSnapshot(this.#asked) || !this.#isGuarded || gate?.live !== true) return false;
    return this.#told.causes.some((reason) => GONE.has(reason));
  }

  #endsByTTL(gate: GatedTarget | undefined): boolean {
    const { protection } = this.#asked.spec;
    if (gate?.pending?.reason !== 'GrantExpired' || !protection) return false;
    return endsWithTTL(protection, this.#asked.wish.ttl);
  }

  #ttlEnd(): number | undefined {
    return this.#isGuarded ? undefined : ttlEnd(this.#asked.claim);
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
