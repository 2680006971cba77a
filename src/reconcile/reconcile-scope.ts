import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { Facts } from '../model/facts.ts';
import type { Resolution } from '../model/plan.ts';
import type { Finding } from '../report/conditions.ts';
import { admitChild } from '../resolve/admission.ts';
import { resolve } from '../resolve/resolve.ts';
import { planTarget } from '../resolve/target-plan.ts';
import { SCOPES } from '../watch/resources.ts';
import type { ScopeView } from '../watch/views.ts';
import { BY_PARENT, keyOf, namespaceFacts, scopeFacts } from '../watch/world.ts';
import { basisOf, withDestinations } from './approval/basis.ts';
import { forgetGoneScopes } from './approval/housekeeping.ts';
import { TARGETS } from './approval/party.ts';
import { removeEnded } from './approval/remove-ended.ts';
import { throughGate } from './approval/through-gate.ts';
import { toldUses } from './automation/told-uses.ts';
import { generationsOf, isBehind } from './behind.ts';
import { deliverPlan } from './deliver-plan.ts';
import type { Deps, ReconcileResult } from './deps.ts';
import { stillWanted, wantedSecrets } from './destinations.ts';
import { withDiscoveries } from './discover.ts';
import { knownFacts } from './known-facts.ts';
import { newLines } from './new-lines.ts';
import { nextLook } from './next-look.ts';
import { interestsOf, versionsOf } from './plan-lines.ts';
import { releaseLeftovers } from './release-leftovers.ts';
import { restartConsumers } from './restart/restart-consumers.ts';
import { announceTroubles } from './restart/restart-news.ts';
import { announceDeliveries, announceNews } from './scope-events.ts';
import type { TargetResult } from './scope-findings.ts';
import { type ScopeReport, scopeStatus } from './scope-status.ts';
import { toldWrites } from './seal/told-writes.ts';
import { ToldFailures } from './told-failure.ts';
import { withdrawLost } from './withdraw-lost.ts';

/**
 * The story of a scope: what is true → which names reach it, and why → which versions they have → what its
 * Secrets need → written → reported. `key` is `namespace/name`.
 */
export async function reconcileScope(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const view = deps.world.scopes.get(key);
  if (!view) return scopeGone(key, deps, signal);
  const known = knownFacts(deps.world, view);
  if (!known || view.spec.kind !== 'ok') return report(undecidable(view), deps, signal);
  const spec = view.spec.value;
  const basis = basisOf(known, deps);
  const generations = generationsOf(basis, deps);
  if (isBehind(view, generations, deps)) return { kind: 'retry' };
  // what has to leave leaves before any provider is asked: a backend that hangs must not keep it
  const changed = await withdrawLost(view, known, generations, deps, signal);
  const isWanted = (held: ObservedTarget) => stillWanted(known, spec, held, deps);
  const released = await releaseLeftovers(key, view, isWanted, deps, signal);
  const facts = await withDiscoveries(known, deps, signal);
  const resolution = resolve(facts);
  const planned = resolution.kind === 'refused' ? undefined : planAll(facts, resolution, deps);
  deps.interests.replace(key, interestsOf(facts, planned ?? []));
  const context = { tenant: view.metadata.namespace, signal };
  const told = new ToldFailures(view, view.metadata.uid, deps);
  const describe = () => versionsOf(planned ?? [], 'mayNotRead', told, deps, context);
  const suspended = spec.suspend === true;
  const seen = withDestinations(basis, planned ?? [], deps);
  const gate = await throughGate(
    { view, spec, party: TARGETS, facts, basis: seen, plans: planned, describe },
    deps,
    signal,
  );
  if (gate === 'again') return { kind: 'retry' };
  const { plans } = gate;
  // what goes on as it was released has sources that nobody wants any more
  deps.interests.replace(key, interestsOf(facts, [...(planned ?? []), ...plans]));
  const left = await removeEnded(view, gate.targets, deps, signal);
  const versions = await versionsOf(plans, newLines(view, suspended, plans, deps), told, deps, context);
  const results: TargetResult[] = [];
  for (const plan of plans) {
    const target = gate.targets.get(plan.secretName);
    const delivery = { view, suspended, plan, versions, changed, told, gate: target, seen: generations };
    results.push(await deliverPlan(delivery, deps, signal));
  }
  const findings = [...refusalsIn(resolution), ...released.findings, ...gate.findings, ...left];
  const found = {
    ...blank(gate.view),
    resolution,
    results,
    findings,
    untold: told.causes,
    gate: gate.targets,
  };
  if (results.some(({ outcome }) => outcome.kind === 'stale')) return planAgain(found, deps);
  const restarts = await restartConsumers(view, facts, results, deps, signal);
  const isTold = await gate.report(signal);
  const againMs = sooner(restarts.againMs, sooner(released.againMs, gate.againMs));
  const result = await report({ ...found, restarts: restarts.pending }, deps, signal, againMs);
  return isTold ? result : { kind: 'retry' };
}

function refusalsIn(resolution: Resolution): readonly Finding[] {
  return resolution.kind === 'refused' ? resolution.violations : [];
}

function sooner(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** Somebody wrote in between: what was found out is old already, so it is found out again before it is told. */
function planAgain(found: ScopeReport, deps: Deps): ReconcileResult {
  announceDeliveries(found, deps);
  return { kind: 'retry' };
}

async function scopeGone(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  deps.interests.replace(key, []);
  await forgetGoneScopes(key, deps, signal);
  const released = await releaseLeftovers(key, undefined, () => false, deps, signal);
  const reasons = released.findings.map(({ reason }) => reason);
  return nextLook(reasons, deps, released.againMs);
}

function blank(view: ScopeView): ScopeReport {
  const spec = view.spec.kind === 'ok' ? view.spec.value : undefined;
  return {
    view,
    spec,
    resolution: undefined,
    results: [],
    findings: [],
    untold: [],
    gate: new Map(),
    children: { admitted: 0, refused: 0 },
  };
}

/** A fault that is about nothing but the name of a secret. */
const NAME_FAULT = /^spec\.secrets\b[^:]*\bname:/;

/** A spec that this version cannot read, or a namespace that is not known yet: nothing is touched. */
function undecidable(view: ScopeView): ScopeReport {
  if (view.spec.kind === 'ok') {
    return {
      ...blank(view),
      findings: [{ reason: 'Progressing', message: 'its Namespace is not known yet' }],
    };
  }
  const { faults } = view.spec;
  const message = `the stored spec cannot be used, and Secrets stay as they are: ${faults.slice(0, 5).join('; ')}`;
  const reason = faults.every((fault) => NAME_FAULT.test(fault)) ? 'NameInvalid' : 'SpecInvalid';
  return { ...blank(view), findings: [{ reason, message }] };
}

function planAll(facts: Facts, own: Extract<Resolution, { kind: 'resolved' }>, deps: Deps) {
  const { scope } = facts;
  const ownOnly = scope.spec.protection === undefined ? undefined : scope.id.uid;
  return wantedSecrets(facts, scope.spec, deps).flatMap(({ target, namespace }) => {
    const resolution = namespace.name === scope.namespace.name ? own : resolve(facts, namespace);
    return resolution.kind === 'resolved' ? [planTarget(resolution, target, namespace, ownOnly)] : [];
  });
}

async function report(
  found: ScopeReport,
  deps: Deps,
  signal: AbortSignal,
  againMs?: number,
): Promise<ReconcileResult> {
  const writes = { ...toldWrites(found.view, deps), ...toldUses(found.view, deps) };
  const full = { ...found, writes, children: countChildren(found.view, deps) };
  const { status, findings } = scopeStatus(full, new Date(nowMs(deps)).toISOString().replace(/\.\d+Z$/, 'Z'));
  const outcome = await deps.statuses.write(SCOPES, found.view, status, signal);
  announceDeliveries(full, deps);
  if (outcome === 'stale') return { kind: 'retry' };
  // the view may be older than what was written last: only what was news to the API server is told
  if (outcome === 'written') {
    announceNews(full, status, findings, deps);
    announceTroubles(full.view, full.restarts ?? [], deps);
  }
  return nextLook([...findings.map(({ reason }) => reason), ...found.untold], deps, againMs);
}

/** The API server's clock where it is known: conditions of two replicas then agree. */
function nowMs(deps: Deps): number {
  return deps.kube.serverTime()?.at ?? deps.clock.now();
}

function countChildren(view: ScopeView, deps: Deps): { admitted: number; refused: number } {
  const parent = scopeFacts(deps.world, view, () => new Map());
  const children = deps.world.scopes.by(BY_PARENT, keyOf(view.metadata));
  const admitted = children.filter((child) => {
    const namespace = namespaceFacts(deps.world, child.metadata.namespace);
    return (
      parent !== undefined && namespace !== undefined && admitChild(parent, namespace).kind === 'admitted'
    );
  }).length;
  return { admitted, refused: children.length - admitted };
}
