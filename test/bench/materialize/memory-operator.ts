/**
 * Owns: a process that materializes so many scopes with all parts of the operator but its network, and prints what
 * that took as JSON. Watches of single namespaces are not part of it: it has rights everywhere, so one is enough.
 * Called by: memory-run.ts, as `node --expose-gc`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Fetcher } from '../../../src/fetch/fetcher.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { keyringFrom } from '../../../src/materialize/keyring.ts';
import { TargetWriter } from '../../../src/materialize/target-writer.ts';
import { WorkloadWriter } from '../../../src/materialize/workload-writer.ts';
import { Observation } from '../../../src/operator/observation.ts';
import { LedgerKeeper } from '../../../src/reconcile/approval/ledger-keeper.ts';
import { lineAuthorized } from '../../../src/reconcile/authorize-line.ts';
import { DeliveryBudget } from '../../../src/reconcile/automation/delivery-budget.ts';
import { RetrySlots } from '../../../src/reconcile/automation/retry-slots.ts';
import type { Deps, ReconcileResult } from '../../../src/reconcile/deps.ts';
import { reconcileBackend } from '../../../src/reconcile/reconcile-backend.ts';
import { reconcileScope } from '../../../src/reconcile/reconcile-scope.ts';
import { RestartBudget } from '../../../src/reconcile/restart/restart-budget.ts';
import { createLogger } from '../../../src/report/logger.ts';
import { createMetrics } from '../../../src/report/metrics.ts';
import { StatusWriter } from '../../../src/report/status-writer.ts';
import { WorkQueue } from '../../../src/watch/work-queue.ts';
import { WorkerPool } from '../../../src/watch/worker-pool.ts';
import { MadeBackend } from './made-backend.ts';
import { MemoryKube } from './memory-kube.ts';
import { findObject, objectsOf } from './memory-world.ts';

export interface MemoryFootprint {
  readonly scopes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMb: number;
  readonly peakMb: number;
  readonly heapMb: number;
}

// the default of `secretscope run`
const WORKERS = 20;
const LOOK_EVERY_MS = 100;
// values are held for five seconds after their last use
const SETTLE_MS = 7_000;

type Reconcile = (key: string, deps: Deps, signal: AbortSignal) => Promise<ReconcileResult>;
const RECONCILERS: Readonly<Record<string, Reconcile>> = { scope: reconcileScope, backend: reconcileBackend };

class MemoryOperator {
  readonly queue: WorkQueue;
  readonly observation: Observation;
  readonly #common = { clock: systemClock, random: Math.random, log: createLogger('error') };
  readonly #keyring = keyringFrom(Buffer.alloc(32, 7));
  readonly #kube;
  readonly #fetcher: Fetcher;

  constructor(scopes: number) {
    this.#kube = new MemoryKube((plural) => objectsOf(plural, scopes), findObject).client;
    this.queue = new WorkQueue(this.#common);
    this.observation = new Observation({
      ...this.#common,
      kube: this.#kube,
      keyring: this.#keyring,
      relistEveryMs: 3_600_000,
      operatorNamespace: 'secretscope-system',
      clusterWide: true,
      wake: (kind, key) => this.queue.add(`${kind}:${key}`),
      backendGone: (uid) => this.#fetcher.forgetBackend(uid),
    });
    this.#fetcher = new Fetcher({
      ...this.#common,
      connect: ({ id: { namespace } }) => ({
        account: `memory:${namespace}`,
        open: () => new MadeBackend(namespace),
      }),
      authorize: (line) => lineAuthorized(this.observation.cluster, line),
    });
  }

  async start(): Promise<void> {
    this.observation.start();
    await this.observation.whenSynced();
    const deps = this.#deps();
    const pool = new WorkerPool({
      queue: this.queue,
      workers: WORKERS,
      deadlineMs: 120_000,
      clock: systemClock,
      onError: (key, error) => this.#common.log.error({ err: error, key }, 'a reconcile failed'),
      reconcile: async (key, { signal }) => {
        const at = key.indexOf(':');
        return (await RECONCILERS[key.slice(0, at)]?.(key.slice(at + 1), deps, signal)) ?? { kind: 'done' };
      },
    });
    pool.start();
  }

  materialized(): number {
    const ready = ({ conditions }: { readonly conditions: readonly { readonly reason: string }[] }) =>
      conditions.some(({ reason }) => reason === 'Materialized');
    return [...this.observation.cluster.scopes.values()].filter(ready).length;
  }

  #deps(): Deps {
    const { observation } = this;
    const recorder = new EventRecorder({
      client: this.#kube,
      clock: systemClock,
      reporter: { controller: 'bench', instance: 'bench' },
    });
    const nothing = () => undefined;
    return {
      ...this.#common,
      kube: this.#kube,
      keyring: this.#keyring,
      world: observation.cluster,
      targets: observation.targets,
      interests: observation.interests,
      claimWitness: observation.claimWitness,
      witness: observation.witness,
      workloads: new WorkloadWriter(this.#kube, nothing),
      restarts: new RestartBudget(),
      operatorNamespace: 'secretscope-system',
      enrolment: (namespace) => observation.enrolment(namespace),
      enrolledNamespaces: () => observation.enrolledNamespaces(),
      fetch: this.#fetcher,
      webhooks: {
        post: () => Promise.reject(new Error('no webhook is sent here')),
        budget: new DeliveryBudget(systemClock),
        retries: new RetrySlots(),
        version: 'bench',
      },
      writer: new TargetWriter(this.#kube, this.#keyring, nothing),
      statuses: new StatusWriter(this.#kube, nothing),
      emit: ({ regarding: { kind, metadata }, ...note }) =>
        recorder.record({
          ...note,
          regarding: { apiVersion: 'secretscope.dev/v1alpha1', kind, ...metadata },
        }),
      metrics: createMetrics(),
      isTestEndpoint: () => false,
      orphanGraceMs: 86_400_000,
      ledgers: new LedgerKeeper(this.#kube, nothing, 'secretscope-system'),
      approval: { settleMs: 60_000, groupVoteTTLMs: 86_400_000 },
      fence: nothing,
    };
  }
}

async function measure(scopes: number): Promise<MemoryFootprint> {
  const started = performance.now();
  const operator = new MemoryOperator(scopes);
  await operator.start();
  while (operator.queue.length + operator.queue.runningCount > 0) await pause(LOOK_EVERY_MS);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage();
  if (operator.materialized() !== scopes)
    throw new Error(`${operator.materialized()} of ${scopes} scopes are materialized`);
  await pause(SETTLE_MS);
  const residentMb = process.memoryUsage.rss() / 2 ** 20;
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
  const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  return { scopes, seconds, cpuSeconds: (user + system) / 1e6, residentMb, peakMb, heapMb };
}

process.stdout.write(JSON.stringify(await measure(Number(process.argv[2]))), () => process.exit(0));
