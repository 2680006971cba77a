/**
 * Owns: telling from its metrics when the operator has looked at every claim and rests.
 * Called by: claim-bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { metricSum } from '../metrics-text.ts';

const PATIENCE_MS = 900_000;
const LOOK_EVERY_MS = 250;
const QUIET_MS = 3_000;

/** Waits until nothing was reconciled for three seconds; answers when the last one was, by performance.now(). */
export async function untilSettled(operator: OperatorProcess, claims: number): Promise<number> {
  const end = performance.now() + PATIENCE_MS;
  let last = { reconciled: -1, at: performance.now() };
  while (performance.now() < end) {
    const metrics = await operator.metrics();
    const reconciled = metricSum(metrics, 'secretscope_reconcile_seconds_count');
    const seen = metricSum(metrics, 'secretscope_reconcile_seconds_count', { kind: 'claim' });
    const isBusy = seen < claims || metricSum(metrics, 'secretscope_queue_length') > 0;
    if (isBusy || reconciled !== last.reconciled) last = { reconciled, at: performance.now() };
    if (performance.now() - last.at > QUIET_MS) return last.at;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`the operator still works after ${PATIENCE_MS / 1000} s`);
}
