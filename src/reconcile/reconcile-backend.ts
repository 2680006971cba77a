import type { Json } from '../model/canonical-json.ts';
import type { BackendFacts } from '../model/facts.ts';
import { conditionsFor, extraCondition, type Finding } from '../report/conditions.ts';
import { BACKENDS, CLUSTER_BACKENDS } from '../watch/resources.ts';
import type { BackendView, ClusterBackendView, View } from '../watch/views.ts';
import { BY_BACKEND, ownBackend, sharedBackend } from '../watch/world.ts';
import type { Deps, ReconcileResult } from './deps.ts';

const DISCOURAGED: Finding = {
  reason: 'BackendDiscouraged',
  message:
    'a Kubernetes cluster is a weak store of secrets: whoever reads Secrets or starts Pods in the namespace has them all; prefer AWS, Google or Azure',
};

/** Looks whether a SecretBackend can be reached with its identity, and says so. */
export async function reconcileBackend(
  key: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const view = deps.world.backends.get(key);
  if (!view) return { kind: 'done' };
  return check(view, `SecretBackend/${key}`, ownBackend(view), deps, signal);
}

/** The same for a ClusterSecretBackend; `key` is its name. */
export async function reconcileClusterBackend(
  key: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const view = deps.world.clusterBackends.get(key);
  if (!view) return { kind: 'done' };
  return check(view, `ClusterSecretBackend//${key}`, sharedBackend(view), deps, signal);
}

async function check(
  view: BackendView | ClusterBackendView,
  indexKey: string,
  facts: BackendFacts | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const findings = await findingsOf(view, facts, deps, signal);
  const now = new Date(deps.kube.serverTime()?.at ?? deps.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const good: Finding = { reason: 'Reachable', message: 'the backend answers with this identity' };
  const conditions = conditionsFor(findings, good, view.generation, view.conditions, now);
  conditions.push(extraCondition('Discouraged', DISCOURAGED, view.generation, view.conditions, now));
  const status: Json = {
    observedGeneration: view.generation,
    conditions: conditions.map((condition) => ({ ...condition })),
    scopes: deps.world.scopes.by(BY_BACKEND, indexKey).length,
    ...(view.requestedAt === undefined ? {} : { lastHandledReconcileAt: view.requestedAt }),
  };
  const type = view.kind === 'SecretBackend' ? BACKENDS : CLUSTER_BACKENDS;
  const outcome = await deps.statuses.write(type, view, status, signal);
  if (outcome === 'written') tell(view, indexKey, findings, deps);
  return findings.length > 0 || outcome === 'stale' ? { kind: 'retry' } : { kind: 'done' };
}

function tell(view: View<unknown>, indexKey: string, findings: readonly Finding[], deps: Deps): void {
  for (const { reason, message } of findings) {
    deps.log.warn({ backend: indexKey, reason }, message);
    deps.emit({ regarding: view, type: 'Warning', reason, action: 'Check', note: message });
  }
}

async function findingsOf(
  view: BackendView | ClusterBackendView,
  facts: BackendFacts | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (view.spec.kind === 'invalid') {
    return [
      {
        reason: 'SpecInvalid',
        message: `the stored spec cannot be used: ${view.spec.faults.slice(0, 5).join('; ')}`,
      },
    ];
  }
  if (facts?.kind !== 'found') return [{ reason: 'Progressing', message: 'the backend is being deleted' }];
  const answer = await deps.fetch.check(facts, { tenant: facts.id.namespace, signal });
  return answer.kind === 'reachable' ? [] : [{ reason: answer.reason, message: answer.message }];
}
