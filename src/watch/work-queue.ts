/**
 * Keys that wait for a worker. A key waits at most once, never runs twice at the same time, and an add while it runs
 * makes it run once more afterwards.
 * Filled by triggers, emptied by worker-pool.ts. Holds keys only: whoever works reads the newest state.
 */
import type { Clock, Random } from '../kube/clock.ts';
import { type RunLimits, RunningKeys } from './running-keys.ts';
import { type WaitingKey, WaitingKeys } from './waiting-keys.ts';

export interface AddOptions {
  /** larger is more urgent; 0 (if absent) is a live event, LOW_PRIORITY the first list and periodic work */
  readonly priority?: number;
  /** not before so many milliseconds; at once if absent */
  readonly delayMs?: number;
}

export const LOW_PRIORITY = -100;

/** For metrics; must not throw. */
export interface QueueHooks {
  /** a key was added that was not waiting yet */
  readonly onAdd?: (key: string) => void;
  /** a worker took it, after it could have run for so many milliseconds */
  readonly onStart?: (key: string, waitedMs: number) => void;
  readonly onDone?: (key: string, ranMs: number) => void;
  /** it failed for the nth time in a row and comes back after `delayMs` */
  readonly onRetry?: (key: string, failures: number, delayMs: number) => void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** bound of the wait after the first failure, and of any; 1 s and 5 min if absent */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  readonly hooks?: QueueHooks;
  /** how many run at once, and whose turn a key counts as; no limit but that of takers if absent */
  readonly limits?: RunLimits & { readonly laneOf: (key: string) => string };
}

const BACKOFF = { baseMs: 1_000, maxMs: 300_000 };

/** Memory: about 200 bytes a key; keys name objects of the cluster, so 10,000 scopes take 2 MB. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new WaitingKeys();
  readonly #running: RunningKeys;
  /** in a row; forgotten at the first success, which a key whose object has gone has too */
  readonly #failures = new Map<string, number>();
  /** one for each idle worker */
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #cancelAlarm: () => void = () => undefined;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#running = new RunningKeys(options.limits);
  }

  /** Keys that could run now. */
  get length(): number {
    this.#waiting.promote(this.#now());
    return this.#waiting.readyCount;
  }

  /** Keys that wait for their time. */
  get delayedCount(): number {
    this.#waiting.promote(this.#now());
    return this.#waiting.delayedCount;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** How long the longest current run takes already, milliseconds. */
  get longestRunMs(): number {
    return this.#running.longestMs(this.#now());
  }

  /** A key that waits already keeps the earlier time and the higher priority. Ignored after shutDown. */
  add(key: string, { priority = 0, delayMs = 0 }: AddOptions = {}): void {
    if (this.#closed) return;
    const wanted = { key, priority, readyAt: this.#now() + Math.max(0, delayMs) };
    const run = this.#running.get(key);
    if (run) run.again = sooner(run.again, wanted);
    else this.#enqueue(wanted);
  }

  /**
   * Adds a running key that failed: after a random part of a time that doubles with every failure, but not before
   * `atLeastMs`.
   */
  retry(key: string, atLeastMs = 0): void {
    const { random, hooks, backoff = BACKOFF } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    // full jitter: what failed together does not come back together
    const bound = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(failures - 1, 30));
    const delayMs = Math.max(atLeastMs, random() * bound);
    hooks?.onRetry?.(key, failures, delayMs);
    this.add(key, { priority: this.#running.get(key)?.priority ?? 0, delayMs });
  }

  /** The next failure of this key is a first one. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The most urgent key, as soon as there is one; undefined after shutDown. Whoever gets a key must call done. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#serve();
    });
  }

  /** Ends the run of a key. */
  done(key: string): void {
    const run = this.#running.get(key);
    if (!run) return;
    this.#running.end(key);
    if (this.#running.laneHasRoom(run.lane, this.#now())) this.#waiting.unpark(run.lane);
    this.#options.hooks?.onDone?.(key, this.#now() - run.startedAt);
    if (run.again && !this.#closed) this.#enqueue(run.again);
    if (this.#running.size === 0) for (const wake of this.#idle.splice(0)) wake();
    this.#serve();
  }

  /** Hands out no more keys and drops what waits: the next start finds it again. Runs go on; see whenIdle. */
  shutDown(): void {
    this.#closed = true;
    this.#cancelAlarm();
    this.#waiting.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  /** Resolves when nothing runs. */
  whenIdle(): Promise<void> {
    return this.#running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #enqueue(wanted: WaitingKey): void {
    if (this.#waiting.put(wanted, this.#now())) this.#options.hooks?.onAdd?.(wanted.key);
    this.#serve();
  }

  #serve(): void {
    if (this.#closed) return;
    const now = this.#now();
    this.#waiting.promote(now);
    const laneOf = this.#options.limits?.laneOf ?? (() => '');
    const lanes = { laneOf, hasRoom: (lane: string) => this.#running.laneHasRoom(lane, now) };
    while (this.#takers.length > 0 && this.#running.hasRoom(now)) {
      const next = this.#waiting.pop(lanes);
      if (!next) break;
      const { key, priority, readyAt } = next;
      this.#running.start(key, { lane: laneOf(key), priority, startedAt: now, again: undefined });
      this.#options.hooks?.onStart?.(key, now - readyAt);
      this.#takers.shift()?.(key);
    }
    this.#setAlarm(now);
  }

  /** Only idle workers need waking; a busy one looks for itself when it comes back. */
  #setAlarm(now: number): void {
    this.#cancelAlarm();
    if (this.#takers.length === 0) return;
    const roomAt = this.#running.hasRoom(now) ? undefined : this.#running.nextRoomAt(now);
    const times = [this.#waiting.nextAt, roomAt].filter((at) => at !== undefined);
    if (times.length === 0) return;
    this.#cancelAlarm = this.#options.clock.after(Math.max(0, Math.min(...times) - now), () => this.#serve());
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

function sooner(known: WaitingKey | undefined, wanted: WaitingKey): WaitingKey {
  if (!known) return wanted;
  return {
    key: wanted.key,
    priority: Math.max(known.priority, wanted.priority),
    readyAt: Math.min(known.readyAt, wanted.readyAt),
  };
}
