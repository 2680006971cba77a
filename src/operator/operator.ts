import { Fetcher } from '../fetch/fetcher.ts';
import { webhookPoster } from '../fetch/outbound/post-webhook.ts';
import { RequestsByProvider } from '../fetch/requests-sent.ts';
import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Keyring } from '../materialize/keyring.ts';
import { TargetWriter } from '../materialize/target-writer.ts';
import { WorkloadWriter } from '../materialize/workload-writer.ts';
import { LedgerKeeper } from '../reconcile/approval/ledger-keeper.ts';
import { lineAuthorized, lineWritable } from '../reconcile/authorize-line.ts';
import { DeliveryBudget } from '../reconcile/automation/delivery-budget.ts';
import { reconcileAutomation } from '../reconcile/automation/reconcile-automation.ts';
import { RetrySlots } from '../reconcile/automation/retry-slots.ts';
import { reconcileClaim } from '../reconcile/claim/reconcile-claim.ts';
import type { ApprovalSettings, Deps, EmitEvent, ReconcileResult } from '../reconcile/deps.ts';
import { reconcileBackend, reconcileClusterBackend } from '../reconcile/reconcile-backend.ts';
import { reconcileScope } from '../reconcile/reconcile-scope.ts';
import { RestartBudget } from '../reconcile/restart/restart-budget.ts';
import { reconcilePublicKeys } from '../reconcile/seal/reconcile-public-keys.ts';
import { reconcileSeals } from '../reconcile/seal/reconcile-seals.ts';
import type { Logger } from '../report/logger.ts';
import type { Metrics, QueueName } from '../report/metrics.ts';
import { StatusWriter } from '../report/status-writer.ts';
import { VERSION } from '../version.ts';
import type { RunLimits } from '../watch/running-keys.ts';
import { WorkQueue } from '../watch/work-queue.ts';
import { WorkerPool } from '../watch/worker-pool.ts';
import { connectorFor } from './connect-backend.ts';
import { Observation } from './observation.ts';
import type { OutboundAccess } from './outbound-access.ts';

/** What the operator is given; the rest it makes itself. */
export interface OperatorOptions {
  readonly kube: KubeClient;
  readonly keyring: Keyring;
  readonly operatorNamespace: string;
  readonly clusterWide: boolean;
  readonly workers: number;
  readonly orphanGraceMs: number;
  readonly approval: ApprovalSettings;
  /** everything watched is compared with a full list after about this long */
  readonly relistEveryMs: number;
  /** the way to the clouds */
  readonly access: OutboundAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: EmitEvent;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Throws when this process may no longer write. */
  readonly fence: () => void;
}

// some API calls of at most 30 s each; providers give up earlier within limits of their own
const RECONCILE_DEADLINE_MS = 120_000;

// an API server answers within a second, a provider within one or two; what takes longer waits for somebody who is not
// there, for up to 120 s. Four of those for a namespace, and then five times as many loops as workers are enough for
// twenty namespaces that hang: 20 × 4 + 20. A loop that waits costs a few kB
const SLOW_RUNS = { slowAfterMs: 5_000, slowInLane: 4 };
const LOOPS_PER_WORKER = 5;

// a receiver answers in 100 ms or hangs for 10 s: every run counts as one that waits, from its first moment. A namespace
// has four at once; with sixteen namespaces that hang, 64 loops are busy, each with one connection of about 50 kB: 3 MB
const WEBHOOK_LOOPS = 64;
export const WEBHOOK_RUNS = { fresh: WEBHOOK_LOOPS, slowAfterMs: 0, slowInLane: 4 };

type Reconciler = (key: string, deps: Deps, signal: AbortSignal) => Promise<ReconcileResult>;
const RECONCILERS: Readonly<Record<string, Reconciler>> = {
  scope: reconcileScope,
  claim: reconcileClaim,
  automation: reconcileAutomation,
  sealed: reconcileSeals,
  publickeys: reconcilePublicKeys,
  backend: reconcileBackend,
  clusterbackend: reconcileClusterBackend,
};

/** The parts put together: what is watched wakes keys, and keys are reconciled. */
export class Operator {
  readonly queue: WorkQueue;
  /** Of automations alone: whoever waits for a receiver takes nobody's place here (FAULTS 51, 54). */
  readonly webhooks: WorkQueue;
  readonly observation: Observation;
  readonly fetcher: Fetcher;
  /** to providers; for metrics */
  readonly requestsSent = new RequestsByProvider();
  readonly #options: OperatorOptions;
  readonly #pools: readonly WorkerPool[];

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.queue = this.#makeQueue('work', { fresh: options.workers, ...SLOW_RUNS });
    this.webhooks = this.#makeQueue('webhooks', WEBHOOK_RUNS);
    this.observation = new Observation({
      ...options,
      wake: (kind, key) => (kind === 'automation' ? this.webhooks : this.queue).add(`${kind}:${key}`),
      backendGone: (uid) => this.fetcher.forgetBackend(uid),
    });
    this.fetcher = this.#makeFetcher();
    const deps = this.#makeDeps();
    this.#pools = [
      this.#poolFor(this.queue, options.workers * LOOPS_PER_WORKER, deps),
      this.#poolFor(this.webhooks, WEBHOOK_LOOPS, deps),
    ];
  }

  startWorkers(): void {
    for (const pool of this.#pools) pool.start();
  }

  /** Lets running reconciles end; false when some did not, and the process has to go at once. */
  async stopWorkers(graceMs: number): Promise<boolean> {
    const drained = await Promise.all(this.#pools.map((pool) => pool.stop(graceMs)));
    return drained.every(Boolean);
  }

  #makeQueue(name: QueueName, limits: RunLimits): WorkQueue {
    const { clock, random, metrics } = this.#options;
    const onStart = (_key: string, waitedMs: number) => metrics.queueWait(name, waitedMs / 1000);
    return new WorkQueue({ clock, random, hooks: { onStart }, limits: { ...limits, laneOf: namespaceOf } });
  }

  #poolFor(queue: WorkQueue, workers: number, deps: Deps): WorkerPool {
    const { clock, log } = this.#options;
    return new WorkerPool({
      queue,
      workers,
      deadlineMs: RECONCILE_DEADLINE_MS,
      clock,
      reconcile: (key, { signal }) => this.#reconcile(key, deps, signal),
      onError: (key, error) => log.error({ err: error, key }, 'a reconcile failed and is tried again'),
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.observation.stop(), this.fetcher.close()]);
  }

  async #reconcile(queueKey: string, deps: Deps, signal: AbortSignal) {
    const { clock, metrics } = this.#options;
    const [kind = '', key = ''] = splitOnce(queueKey);
    const started = clock.monotonic();
    let result = 'error';
    try {
      const answer = (await RECONCILERS[kind]?.(key, deps, signal)) ?? { kind: 'done' };
      result = answer.kind;
      return answer;
    } finally {
      metrics.reconciled(kind, result, (clock.monotonic() - started) / 1000);
    }
  }

  #makeFetcher(): Fetcher {
    const { kube, operatorNamespace, relistEveryMs, access, clock, random, metrics, log } = this.#options;
    const { cluster } = this.observation;
    const fetcher = new Fetcher({
      connect: connectorFor(cluster, { ...access, kube, operatorNamespace, relistEveryMs, clock, random }),
      authorize: (line) => lineAuthorized(cluster, line),
      authorizeWrite: (line) => lineWritable(cluster, line),
      clock,
      random,
      requests: this.requestsSent,
      hooks: {
        onCall: ({ provider, operation, outcome, seconds }) =>
          metrics.providerCall(provider, operation, outcome, seconds),
        onEvent: (account, event) => log.warn({ account, ...event }, 'a provider account changed its state'),
      },
    });
    fetcher.onEvents((backendUid) => this.observation.backendNews(backendUid));
    fetcher.onChange((backendUid, key) => {
      if (key !== undefined) metrics.sourceChanged(backendUid, key);
      this.observation.sourceChanged(backendUid, key);
    });
    return fetcher;
  }

  #makeDeps(): Deps {
    const { kube, keyring, access, fence, operatorNamespace, clock } = this.#options;
    const { observation } = this;
    return Object.freeze({
      ...this.#options,
      world: observation.cluster,
      targets: observation.targets,
      interests: observation.interests,
      witness: observation.witness,
      claimWitness: observation.claimWitness,
      enrolment: (namespace: string) => observation.enrolment(namespace),
      enrolledNamespaces: () => observation.enrolledNamespaces(),
      fetch: this.fetcher,
      isTestEndpoint: (endpoint: string) => access.tests?.endpoints.has(endpoint) === true,
      webhooks: {
        post: webhookPoster(access.outbound),
        budget: new DeliveryBudget(clock),
        retries: new RetrySlots(),
        version: VERSION,
      },
      writer: new TargetWriter(kube, keyring, fence),
      workloads: new WorkloadWriter(kube, fence),
      restarts: new RestartBudget(),
      statuses: new StatusWriter(kube, fence),
      ledgers: new LedgerKeeper(kube, fence, operatorNamespace),
    });
  }
}

/** Whose turn a key is: that of its namespace; shared backends have one each. */
function namespaceOf(queueKey: string): string {
  const [kind, key] = splitOnce(queueKey);
  return kind === 'clusterbackend' || kind === 'publickeys' ? queueKey : (key.split('/')[0] ?? '');
}

function splitOnce(queueKey: string): [string, string] {
  const at = queueKey.indexOf(':');
  return [queueKey.slice(0, at), queueKey.slice(at + 1)];
}
