/**
 * Owns: simulated time. A day passes as fast as what happens in it can be computed: the clock jumps from one timer to
 * the next, and what a timer sets going is computed in no time at all.
 * Called by: everything in this folder.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../src/kube/clock.ts';

interface Timer {
  readonly at: number;
  /** of two at the same time the one that was set first fires first */
  readonly order: number;
  /** undefined once cancelled */
  run: (() => void) | undefined;
}

const BEGIN = Date.UTC(2026, 10, 22);
// what is known, and values that are held, are looked through once a second (TICK_MS, SWEEP_MS)
const TICK_MS = 1_000;

export class EventClock implements Clock {
  /**
   * How long a timer of one second takes, milliseconds. Idle days are counted with longer ones: each tick looks at
   * every key, and all that it decides is when in an interval of minutes to days a question is asked.
   */
  tickMs = TICK_MS;
  /** a binary heap, the earliest first */
  readonly #timers: Timer[] = [];
  #time = BEGIN;
  #count = 0;

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  after(ms: number, run: () => void): () => void {
    const wait = ms === TICK_MS ? this.tickMs : Math.max(0, ms);
    const timer: Timer = { at: this.#time + wait, order: this.#count++, run };
    this.#push(timer);
    return () => {
      timer.run = undefined;
    };
  }

  /** Lets so many milliseconds pass. */
  async pass(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  /** Lets time pass until `isOver`, at most `limitMs`; whether it was over by then. */
  async until(isOver: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#time + limitMs;
    await turn();
    while (!isOver()) {
      const next = this.#timers[0];
      if (!next || next.at > end) {
        this.#time = end;
        return false;
      }
      this.#pop();
      if (!next.run) continue;
      this.#time = next.at;
      next.run();
      // everything that only waits for promises happens before the next timer
      await turn();
    }
    return true;
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, timer)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (!least || isBefore(last, least)) break;
      heap[at] = least;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** The same numbers in every run, so that two runs differ by the code alone. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
