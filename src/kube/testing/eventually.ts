/**
 * Waits for what another socket or promise will bring about. For tests.
 */

// far more than a loopback connection needs, even on a busy machine
const PATIENCE_MS = 5_000;

/** Resolves when the condition holds; lets `meanwhile` run between looks, for instance to move a clock. */
export async function eventually(
  condition: () => boolean,
  meanwhile?: () => Promise<unknown>,
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not true after ${PATIENCE_MS} ms: ${condition.toString()}`);
    await meanwhile?.();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Long enough for what must not happen to have happened. */
export function quietMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}
