/**
 * Keys that are being worked on, and how many more may be. Owned by work-queue.ts. Knows no clock.
 *
 * A run that waits for somebody else (a provider that hangs, say) costs memory and no work: after some seconds it no
 * longer counts among those that may run at once, so that it takes nobody's place. But it counts against its lane, the
 * namespace that it is for: whoever has some of those gets no other until one ends.
 */
import type { WaitingKey } from './waiting-keys.ts';

export interface RunLimits {
  /** at once, those that are slow left out */
  readonly fresh: number;
  /** after so many milliseconds a run is slow */
  readonly slowAfterMs: number;
  /** with so many slow runs a lane gets no other */
  readonly slowInLane: number;
}

export interface Run {
  readonly lane: string;
  readonly priority: number;
  readonly startedAt: number;
  /** what was added meanwhile */
  again: WaitingKey | undefined;
}

export class RunningKeys {
  readonly #runs = new Map<string, Run>();
  readonly #limits: RunLimits | undefined;

  /** Without limits, whoever asks may run. */
  constructor(limits: RunLimits | undefined) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#runs.size;
  }

  get(key: string): Run | undefined {
    return this.#runs.get(key);
  }

  start(key: string, run: Run): void {
    this.#runs.set(key, run);
  }

  end(key: string): void {
    this.#runs.delete(key);
  }

  longestMs(now: number): number {
    return [...this.#runs.values()].reduce((longest, { startedAt }) => Math.max(longest, now - startedAt), 0);
  }

  hasRoom(now: number): boolean {
    if (!this.#limits) return true;
    const { fresh } = this.#limits;
    return [...this.#runs.values()].filter((run) => !this.#isSlow(run, now)).length < fresh;
  }

  laneHasRoom(lane: string, now: number): boolean {
    if (!this.#limits) return true;
    const slow = [...this.#runs.values()].filter((run) => run.lane === lane && this.#isSlow(run, now));
    return slow.length < this.#limits.slowInLane;
  }

  /** When the next run becomes slow and makes room; undefined when none does. */
  nextRoomAt(now: number): number | undefined {
    const fresh = [...this.#runs.values()].filter((run) => !this.#isSlow(run, now));
    const at = Math.min(...fresh.map(({ startedAt }) => startedAt)) + (this.#limits?.slowAfterMs ?? 0);
    return this.#limits && Number.isFinite(at) ? at : undefined;
  }

  #isSlow({ startedAt }: Run, now: number): boolean {
    return this.#limits !== undefined && now - startedAt >= this.#limits.slowAfterMs;
  }
}
