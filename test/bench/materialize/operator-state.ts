/**
 * Owns: what a running operator tells of itself: how far it is, what it costs.
 * Called by: the run on a real API server.
 */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { metricSum } from '../metrics-text.ts';

const LOOK_EVERY_MS = 250;
const QUIET_MS = 3_000;

export async function materializedScopes(operator: OperatorProcess): Promise<number> {
  return metricSum(await operator.metrics(), 'secretscope_scopes', { reason: 'Materialized' });
}

/** Throws with its last words when it has ended: nobody should wait for what it will not do. */
export function requireRunning({ pid, output }: OperatorProcess): void {
  // what is left of a process that nobody has collected has no memory any more
  const runs = existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[0] !== '0';
  if (!runs) throw new Error(`the operator has ended:\n${output.slice(-2000)}`);
}

/** When it said that it leads, by the wall clock. */
export function leadingSince(operator: OperatorProcess): number {
  const said = operator.logs.find(({ message }) => message === 'leading');
  if (!said) throw new Error('the operator does not lead');
  return Date.parse(String(said['time']));
}

/** Waits until nothing was reconciled for three seconds; answers when the last one was, by performance.now(). */
export async function untilQuiet(operator: OperatorProcess, timeoutMs: number): Promise<number> {
  const end = performance.now() + timeoutMs;
  let last = { reconciled: -1, at: performance.now() };
  while (performance.now() < end) {
    const metrics = await operator.metrics();
    const reconciled = metricSum(metrics, 'secretscope_reconcile_seconds_count');
    const busy = metricSum(metrics, 'secretscope_queue_length') > 0;
    if (busy || reconciled !== last.reconciled) last = { reconciled, at: performance.now() };
    if (reconciled > 0 && performance.now() - last.at > QUIET_MS) return last.at;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`the operator still works after ${timeoutMs / 1000} s`);
}

/** The 99th percentile since the last time that anybody asked for metrics, milliseconds. */
export async function loopDelayP99(operator: OperatorProcess): Promise<number> {
  return metricSum(await operator.metrics(), 'nodejs_eventloop_lag_p99_seconds') * 1000;
}
