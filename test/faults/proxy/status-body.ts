/**
 * Owns: how the API server says no.
 * Called by: request-faults.ts, watch-relay.ts, stale-answers.ts. Must not: decide when.
 */
import type { WholeAnswer } from './client-side.ts';

export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}

export function statusObject({ code, reason, message, retryAfterSeconds }: Refusal): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message ?? `fault proxy: ${reason}`,
    reason,
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
    code,
  };
}

export function statusAnswer(refusal: Refusal): WholeAnswer {
  const { code, retryAfterSeconds } = refusal;
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return {
    code,
    headers: { 'content-type': 'application/json', ...retry },
    body: Buffer.from(`${JSON.stringify(statusObject(refusal))}\n`),
  };
}

export function errorLine(refusal: Refusal): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: statusObject(refusal) })}\n`);
}
