import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { Facts, ScopeFacts } from '../model/facts.ts';
import type { PlanLine, Resolution } from '../model/plan.ts';
import { type Reason, reasonPolicy } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import type { Finding } from '../report/conditions.ts';
import { admitChild } from '../resolve/admission.ts';
import { resolve } from '../resolve/resolve.ts';
import { planTarget } from '../resolve/target-plan.ts';
import { listingThing, sourceThing, targetThing } from '../watch/interests.ts';
import { SCOPES } from '../watch/resources.ts';
import type { ScopeView } from '../watch/views.ts';
import { BY_PARENT, keyOf, namespaceFacts, scopeFacts } from '../watch/world.ts';
import { deliverPlan } from './deliver-plan.ts';
import type { Deps, ReconcileResult } from './deps.ts';
import { stillWanted, wantedSecrets } from './destinations.ts';
import { withDiscoveries } from './discover.ts';
import { knownFacts } from './known-facts.ts';
import { newLines } from './new-lines.ts';
import { releaseLeftovers } from './release-leftovers.ts';
import { announceDeliveries, announceNews } from './scope-events.ts';
import type { TargetResult } from './scope-findings.ts';
import { type ScopeReport, scopeStatus } from './scope-status.ts';
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
  // what has to leave leaves before any provider is asked: a backend that hangs must not keep it
  const changed = await withdrawLost(view, known, deps, signal);
  const isWanted = (held: ObservedTarget) => stillWanted(known, spec, held, deps);
  const released = await releaseLeftovers(key, view, isWanted, deps, signal);
  const facts = await withDiscoveries(known, deps, signal);
  const resolution = resolve(facts);
  if (resolution.kind === 'refused')
    return report(refused(view, resolution, released.findings), deps, signal, released.againMs);
  const plans = planAll(facts, resolution, deps);
  deps.interests.replace(key, interestsOf(facts, plans));
  const told = new ToldFailures(view, deps);
  const versions = await versionsOf(view, plans, told, deps, signal);
  const results: TargetResult[] = [];
  for (const plan of plans)
    results.push(await deliverPlan({ view, plan, versions, changed, told }, deps, signal));
  const found = { ...blank(view), resolution, results, findings: released.findings, untold: told.causes };
  if (results.some(({ outcome }) => outcome.kind === 'stale')) return planAgain(found, deps);
  return report(found, deps, signal, released.againMs);
}

/** Somebody wrote in between: what was found out is old already, so it is found out again before it is told. */
function planAgain(found: ScopeReport, deps: Deps): ReconcileResult {
  announceDeliveries(found, deps);
  return { kind: 'retry' };
}

async function scopeGone(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  deps.interests.replace(key, []);
  const released = await releaseLeftovers(key, undefined, () => false, deps, signal);
  return released.againMs === undefined ? { kind: 'done' } : { kind: 'requeueAfter', ms: released.againMs };
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

function refused(
  view: ScopeView,
  resolution: Extract<Resolution, { kind: 'refused' }>,
  others: readonly Finding[],
): ScopeReport {
  return { ...blank(view), resolution, findings: [...resolution.violations, ...others] };
}

function planAll(facts: Facts, own: Extract<Resolution, { kind: 'resolved' }>, deps: Deps) {
  const { scope } = facts;
  return wantedSecrets(facts, scope.spec, deps).flatMap(({ target, namespace }) => {
    const resolution = namespace.name === scope.namespace.name ? own : resolve(facts, namespace);
    return resolution.kind === 'resolved' ? [planTarget(resolution, target, namespace)] : [];
  });
}

type Plans = ReturnType<typeof planAll>;

function linesOf(plans: Plans): PlanLine[] {
  return plans.flatMap((plan) => plan.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : [])));
}

/** What else than its own chain this scope has to hear of. */
function interestsOf(facts: Facts, plans: Plans): string[] {
  const sources = linesOf(plans).map((line) => sourceThing(line.backend.id.uid, line.key));
  const targets = plans.map((plan) => targetThing(plan.namespace, plan.secretName));
  const listings = levelsOf(facts).flatMap(({ spec, backend }) =>
    spec.discover?.length && backend.kind === 'found' ? [listingThing(backend.id.uid)] : [],
  );
  return [...new Set([...sources, ...targets, ...listings])];
}

function levelsOf(facts: Facts): ScopeFacts[] {
  const levels = [facts.scope];
  for (let { parent } = facts; parent.kind === 'found'; parent = parent.parent) levels.push(parent.scope);
  return levels;
}

async function versionsOf(
  view: ScopeView,
  plans: Plans,
  told: ToldFailures,
  deps: Deps,
  signal: AbortSignal,
): Promise<Map<PlanLine, LineVersion>> {
  const lines = [...new Set(linesOf(plans))];
  const context = { tenant: view.metadata.namespace, signal };
  const isNew = newLines(view, plans, deps);
  const answers =
    lines.length === 0 ? [] : await deps.fetch.versions(lines, context, (line) => isNew.has(line));
  return new Map(
    lines.flatMap((line, index) => (answers[index] ? [[line, told.of(line, answers[index])] as const] : [])),
  );
}

async function report(
  found: ScopeReport,
  deps: Deps,
  signal: AbortSignal,
  againMs?: number,
): Promise<ReconcileResult> {
  const full = { ...found, children: countChildren(found.view, deps) };
  const { status, findings } = scopeStatus(full, new Date(nowMs(deps)).toISOString().replace(/\.\d+Z$/, 'Z'));
  const outcome = await deps.statuses.write(SCOPES, found.view, status, signal);
  announceDeliveries(full, deps);
  if (outcome === 'stale') return { kind: 'retry' };
  // the view may be older than what was written last: only what was news to the API server is told
  if (outcome === 'written') announceNews(full, status, findings, deps);
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

// what only a person or another object can mend is looked at again now and then, in case an event was missed
const SLOW_MS = 30_000;

function nextLook(reasons: readonly Reason[], deps: Deps, againMs: number | undefined): ReconcileResult {
  const policies = reasons.map((reason) => reasonPolicy(reason).requeue);
  if (policies.includes('backoff')) return { kind: 'retry' };
  const slow = policies.includes('slow') ? SLOW_MS * (0.9 + 0.2 * deps.random()) : undefined;
  const waits = [slow, againMs].filter((wait) => wait !== undefined);
  return waits.length === 0 ? { kind: 'done' } : { kind: 'requeueAfter', ms: Math.min(...waits) };
}
