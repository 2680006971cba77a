/**
 * Owns: the operator's part: the real fetcher, work queue, worker pool and interests, and a reconcile that asks the
 * fetcher what reconcile-scope.ts asks it. Nothing is computed but that, and nothing is written: a scope is delivered
 * when it has its values in hand.
 * Called by: fleet-stage.ts, broken-tenant-run.ts.
 */
import type { BackendLine, Connection } from '../../../src/fetch/account-pool.ts';
import { Fetcher, type ValueRequest } from '../../../src/fetch/fetcher.ts';
import type { Asker } from '../../../src/fetch/flight.ts';
import { type Clock, type Random, sleep } from '../../../src/kube/clock.ts';
import type { PlanLine } from '../../../src/model/plan.ts';
import type { LineValue, LineVersion } from '../../../src/model/value-answer.ts';
import { Interests, sourceThing } from '../../../src/watch/interests.ts';
import { WorkQueue } from '../../../src/watch/work-queue.ts';
import { type ReconcileResult, WorkerPool } from '../../../src/watch/worker-pool.ts';
import type { FleetScope, FleetWorld } from './fleet-world.ts';
import { RunTimes } from './run-times.ts';

/** By scope, the version of each line that it has. */
export type Delivered = Map<string, Map<PlanLine, string>>;

export interface FleetOptions {
  readonly world: Pick<FleetWorld, 'scopes' | 'backends'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: (backend: BackendLine) => Connection;
  /** what was delivered before the operator started; it becomes the fleet's own */
  readonly delivered?: Delivered;
  /** how long writing to Kubernetes holds a worker, milliseconds; 0 if absent */
  readonly writeMs?: number;
}

// the default of `secretscope run`
const WORKERS = 20;
// SLOW_RUNS, LOOPS_PER_WORKER and RECONCILE_DEADLINE_MS of operator.ts, LOOK_AGAIN_MS of reconcile-backend.ts
const SLOW_RUNS = { slowAfterMs: 5_000, slowInLane: 4 };
const LOOPS_PER_WORKER = 5;
const RECONCILE_DEADLINE_MS = 120_000;
const LOOK_AGAIN_MS = 3_600_000;

export class ScopeFleet {
  readonly queue: WorkQueue;
  readonly fetcher: Fetcher;
  readonly delivered: Delivered;
  /** when a scope first had all of its values */
  readonly completeAt = new Map<string, number>();
  /** calls of the schedulers, whatever number of requests they are, and how long they took */
  readonly calls = { count: 0, ms: 0 };
  readonly times: RunTimes;
  /** told of every version that arrives */
  onDelivered: (scope: FleetScope, line: PlanLine, version: string) => void = () => undefined;
  /** milliseconds, see FleetOptions */
  writeMs: number;
  readonly #options: FleetOptions;
  readonly #scopes: ReadonlyMap<string, FleetScope>;
  readonly #backends: ReadonlyMap<string, BackendLine>;
  readonly #interests = new Interests();
  readonly #pool: WorkerPool;

  constructor(options: FleetOptions) {
    const { clock, random, connect, world, delivered = new Map(), writeMs = 0 } = options;
    this.#options = options;
    this.times = new RunTimes(clock);
    this.delivered = delivered;
    this.writeMs = writeMs;
    this.#scopes = new Map(world.scopes.map((scope) => [`scope:${scope.key}`, scope]));
    this.#backends = new Map(world.backends.map((line) => [`backend:${line.id.uid}`, line]));
    const laneOf = (key: string) => this.#tenantOf(key) || key;
    this.queue = new WorkQueue({ clock, random, limits: { fresh: WORKERS, ...SLOW_RUNS, laneOf } });
    const onCall = ({ seconds }: { readonly seconds: number }) => {
      this.calls.count++;
      this.calls.ms += seconds * 1_000;
    };
    this.fetcher = new Fetcher({ connect, clock, random, authorize: () => true, hooks: { onCall } });
    this.fetcher.onChange((uid, key) => this.#wake(uid, key));
    this.#pool = new WorkerPool({
      queue: this.queue,
      workers: WORKERS * LOOPS_PER_WORKER,
      deadlineMs: RECONCILE_DEADLINE_MS,
      clock,
      reconcile: (key, { signal }) => this.#reconcile(key, signal),
      onError: (_key, error) => {
        throw error;
      },
    });
  }

  get isComplete(): boolean {
    return this.completeAt.size === this.#scopes.size;
  }

  /** Keys of the work queue, backends first. */
  get everything(): readonly string[] {
    return [...this.#backends.keys(), ...this.#scopes.keys()];
  }

  /** Everything is looked at once, in this order. */
  start(keys: readonly string[] = this.everything): void {
    for (const key of keys) this.queue.add(key);
    this.#pool.start();
  }

  async close(): Promise<void> {
    this.queue.shutDown();
    await this.fetcher.close();
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const scope = this.#scopes.get(key);
    const backend = this.#backends.get(key);
    const tenant = this.#tenantOf(key);
    this.times.begin(key, tenant);
    try {
      if (scope) return await this.#deliver(scope, signal);
      return backend ? await this.#check(backend, { tenant, signal }) : { kind: 'done' };
    } finally {
      this.times.end(key);
    }
  }

  /** A namespace; empty for a shared backend. */
  #tenantOf(key: string): string {
    return this.#scopes.get(key)?.tenant ?? this.#backends.get(key)?.id.namespace ?? '';
  }

  async #check(backend: BackendLine, asker: Asker): Promise<ReconcileResult> {
    const answer = await this.fetcher.check(backend, asker);
    if (answer.kind !== 'reachable') return { kind: 'retry' };
    return { kind: 'requeueAfter', ms: LOOK_AGAIN_MS * (0.9 + 0.2 * this.#options.random()) };
  }

  async #deliver(scope: FleetScope, signal: AbortSignal): Promise<ReconcileResult> {
    const { key, tenant, lines } = scope;
    const held = this.#heldBy(scope);
    const asker = { tenant, signal };
    const versions = await this.fetcher.versions(lines, asker, (line) => !held.has(line));
    const wanted = differing(lines, versions, held);
    const values = wanted.length === 0 ? [] : await this.fetcher.values(wanted, asker);
    if (values.length > 0) await sleep(this.#options.clock, this.writeMs, signal);
    const failed = versions.some(isFailed) || values.some(isFailed) || signal.aborted;
    for (const [index, value] of values.entries()) this.#take(scope, wanted[index], value, signal);
    if (held.size === lines.length && !failed && !this.completeAt.has(key))
      this.completeAt.set(key, this.#options.clock.monotonic());
    return { kind: failed ? 'retry' : 'done' };
  }

  /** A write whose deadline has passed is not sent. */
  #take(scope: FleetScope, asked: ValueRequest | undefined, value: LineValue, signal: AbortSignal): void {
    if (value.kind !== 'value') return;
    value.value.wipe();
    if (!asked || signal.aborted) return;
    this.delivered.get(scope.key)?.set(asked.line, value.version);
    this.onDelivered(scope, asked.line, value.version);
  }

  /** From its first reconcile on a scope hears of what it uses. */
  #heldBy({ key, lines }: FleetScope): Map<PlanLine, string> {
    if (this.#interests.of(`scope ${key}`).length === 0) {
      const sources = lines.map((line) => sourceThing(line.backend.id.uid, line.key));
      this.#interests.replace(`scope:${key}`, [`scope ${key}`, ...sources]);
    }
    const held = this.delivered.get(key) ?? new Map<PlanLine, string>();
    this.delivered.set(key, held);
    return held;
  }

  /** As WakeUp.source does. */
  #wake(uid: string, key: string | undefined): void {
    const named = sourceThing(uid, key ?? '');
    const readers = key === undefined ? this.#interests.ofPrefix(named) : this.#interests.of(named);
    for (const scope of readers) this.queue.add(scope);
  }
}

function differing(
  lines: readonly PlanLine[],
  versions: readonly LineVersion[],
  held: ReadonlyMap<PlanLine, string>,
): ValueRequest[] {
  return lines.flatMap((line, index) => {
    const known = versions[index];
    return known?.kind === 'known' && held.get(line) !== known.version
      ? [{ line, version: known.version }]
      : [];
  });
}

function isFailed({ kind }: { readonly kind: string }): boolean {
  return kind === 'failed';
}
