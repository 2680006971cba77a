/**
 * So many loops that take a key, reconcile it, and decide when it comes back.
 * Called by app.ts. Every error ends here: it costs a retry, never a worker.
 */
import { type Clock, deadline, sleep } from '../kube/clock.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { WorkQueue } from './work-queue.ts';

export type ReconcileResult =
  | { readonly kind: 'done' }
  /** come back after so long; `priority` as in the queue, 0 if absent */
  | { readonly kind: 'requeueAfter'; readonly ms: number; readonly priority?: number }
  /** nothing threw, but it has to be done again, with growing pauses */
  | { readonly kind: 'retry'; readonly atLeastMs?: number };

export interface ReconcileContext {
  /** aborts at the deadline, and when the pool has no more time to drain: give up and settle soon */
  readonly signal: AbortSignal;
}

export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

export interface WorkerPoolOptions {
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly workers: number;
  /** for one run, milliseconds */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** a run threw; it is retried. Must not throw */
  readonly onError?: (key: string, error: unknown) => void;
}

// from the abort of a run to the end of waiting for it: enough to settle, not to hang a shutdown
const SETTLE_MS = 2_000;

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #abort = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts once. */
  start(): void {
    if (this.#loops.length > 0) return;
    this.#loops = Array.from({ length: this.#options.workers }, () => this.#work());
  }

  /**
   * Takes no more keys, lets the runs end within `graceMs`, then aborts them. Answers whether all of them settled:
   * where not, the process must end before anybody else may act in its place.
   */
  async stop(graceMs: number): Promise<boolean> {
    this.#options.queue.shutDown();
    if (await this.#settledWithin(graceMs)) return true;
    return this.abort();
  }

  /** As stop, without grace: leadership is gone. */
  async abort(): Promise<boolean> {
    this.#options.queue.shutDown();
    this.#abort.abort();
    return this.#settledWithin(SETTLE_MS);
  }

  async #settledWithin(ms: number): Promise<boolean> {
    const waiting = new AbortController();
    const idle = this.#options.queue.whenIdle().then(() => waiting.abort());
    await Promise.race([idle, sleep(this.#options.clock, ms, waiting.signal)]);
    waiting.abort();
    return this.#options.queue.runningCount === 0;
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await this.#run(key);
      queue.done(key);
    }
  }

  async #run(key: string): Promise<void> {
    const { queue, reconcile, deadlineMs, clock, onError } = this.#options;
    using limit = deadline(clock, deadlineMs, this.#abort.signal);
    try {
      const result = await reconcile(key, { signal: limit.signal });
      if (result.kind === 'retry') return queue.retry(key, result.atLeastMs);
      queue.forget(key);
      if (result.kind === 'requeueAfter')
        queue.add(key, {
          delayMs: result.ms,
          ...(result.priority === undefined ? {} : { priority: result.priority }),
        });
    } catch (error) {
      onError?.(key, error);
      queue.retry(key, isKubeError(error) ? error.retryAfterMs : undefined);
    }
  }
}
