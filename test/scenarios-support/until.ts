/**
 * Owns: waiting for something to become true.
 * Used by: scenarios, fault plans and benchmarks; the last two run without a test runner.
 */
import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** milliseconds; 10,000 if absent */
  readonly timeout?: number;
  /** milliseconds between two attempts; 50 if absent */
  readonly interval?: number;
}

/** Repeats until it no longer throws; answers what it answered. Throws its last error when the time is over. */
export async function until<T>(
  attempt: () => T | Promise<T>,
  patience: number | Patience = {},
): Promise<Awaited<T>> {
  const { timeout = 10_000, interval = 50 } = typeof patience === 'number' ? { timeout: patience } : patience;
  const end = performance.now() + timeout;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await pause(interval);
  }
}
