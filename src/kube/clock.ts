/**
 * Time as a dependency, so that tests decide how it passes.
 * Called by everything that waits, expires or backs off; nothing else may read the clock of the machine.
 */

export interface Clock {
  /** wall clock, milliseconds since 1970; may jump */
  now(): number;
  /** milliseconds from an arbitrary start; never goes back */
  monotonic(): number;
  /** calls `run` once after `ms` and returns what cancels it */
  after(ms: number, run: () => void): () => void;
}

/** Uniform in [0, 1). */
export type Random = () => number;

// setTimeout fires at once for anything longer: 2^31 − 1 ms, 24.8 days
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`, or until the signal aborts. Never rejects: who cares asks the signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted || ms <= 0) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal?.addEventListener('abort', finish);
  });
}

/** A signal that aborts with its parent or after a time, and says which of the two it was. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** whether it was the time, not the parent */
  readonly expired: boolean;
}

/**
 * Not AbortSignal.any + AbortSignal.timeout: those read the machine's clock, and a long-lived parent would collect
 * a dependent for each call. Disposing removes timer and listener.
 */
export function deadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const fromParent = () => controller.abort(parent?.reason);
  const cancel = clock.after(ms, () => {
    expired = !controller.signal.aborted;
    controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  });
  if (parent?.aborted) fromParent();
  parent?.addEventListener('abort', fromParent);
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      cancel();
      parent?.removeEventListener('abort', fromParent);
    },
  };
}
