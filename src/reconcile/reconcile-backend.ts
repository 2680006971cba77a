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

const STORED_CREDENTIAL: Finding = {
  reason: 'BackendDiscouraged',
  message:
    'a credential in a Secret lives until somebody revokes it, and whoever reads Secrets there has it; prefer serviceAccountRef',
};
const NO_EVENTS: Finding = {
  reason: 'EventsMissing',
  message:
    'no events arrive at present: changes are noticed after refreshInterval; check that the queue or subscription exists and that the identity may read it',
};
const TEST_ENDPOINT: Finding = {
  reason: 'InsecureTestEndpoint',
  message: 'it reads a stand-in on loopback (--insecure-test-endpoints); never do that with real secrets',
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
  for (const [type, finding] of remarksOn(view, deps))
    conditions.push(extraCondition(type, finding, view.generation, view.conditions, now));
  const status: Json = {
    observedGeneration: view.generation,
    conditions: conditions.map((condition) => ({ ...condition })),
    scopes: deps.world.scopes.by(BY_BACKEND, indexKey).length,
    ...callsOf(view, deps),
    ...(view.requestedAt === undefined ? {} : { lastHandledReconcileAt: view.requestedAt }),
  };
  const type = view.kind === 'SecretBackend' ? BACKENDS : CLUSTER_BACKENDS;
  const outcome = await deps.statuses.write(type, view, status, signal);
  if (outcome === 'written') tell(view, indexKey, findings, deps);
  if (findings.length > 0 || outcome === 'stale') return { kind: 'retry' };
  if (!isCloud(view)) return { kind: 'done' };
  const ms = deps.fetch.eventsOf(view.metadata.uid) === 'starting' ? EVENTS_SOON_MS : LOOK_AGAIN_MS;
  return { kind: 'requeueAfter', ms: ms * (0.9 + 0.2 * deps.random()) };
}

// for the calls of the day in the status, which would otherwise be written with every call
const LOOK_AGAIN_MS = 3_600_000;
// when it is known whether events arrive at all
const EVENTS_SOON_MS = 70_000;

function isCloud({ spec }: BackendView | ClusterBackendView): boolean {
  return spec.kind === 'ok' && !spec.value.kubernetes;
}

function callsOf(view: BackendView | ClusterBackendView, deps: Deps): { callsToday?: Json } {
  const calls = isCloud(view) ? deps.fetch.callsToday(view.metadata.uid) : undefined;
  return calls ? { callsToday: { ...calls } } : {};
}

/** What its owner should know although it works. */
function remarksOn({ spec, metadata }: BackendView | ClusterBackendView, deps: Deps): [string, Finding][] {
  if (spec.kind !== 'ok') return [];
  const { aws, gcp, azure, kubernetes } = spec.value;
  const remarks: [string, Finding][] = [];
  if (kubernetes) remarks.push(['Discouraged', DISCOURAGED]);
  if ((aws ?? gcp ?? azure)?.auth.secretRef) remarks.push(['Discouraged', STORED_CREDENTIAL]);
  const events = deps.fetch.eventsOf(metadata.uid);
  if (events === 'silent') remarks.push(['EventsMissing', NO_EVENTS]);
  const { endpoint } = { endpoint: undefined, ...(aws ?? gcp ?? azure) };
  if (endpoint !== undefined && deps.isTestEndpoint(endpoint)) remarks.push(['Insecure', TEST_ENDPOINT]);
  return remarks;
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
