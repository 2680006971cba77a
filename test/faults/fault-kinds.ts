/** Owns: the kinds of faults of answers and of events, and how many in a row. Used by: make-plans.ts. */
import type { RequestFault, StatusFault, WatchFault } from './proxy/fault-rules.ts';

export interface NamedFault<F> {
  readonly name: string;
  readonly fault: F;
  /** in a row; 1 if absent */
  readonly times?: number;
}

const status = (code: number, reason: string, retryAfterSeconds?: number): StatusFault => ({
  kind: 'status',
  code,
  reason,
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

export const GONE = status(410, 'Expired');

export const ANSWER_FAULTS: readonly NamedFault<RequestFault>[] = [
  { name: 'lost-answer', fault: { kind: 'lost-answer' } },
  { name: 'answer-409', fault: status(409, 'Conflict') },
  { name: 'answer-410', fault: GONE },
  { name: 'answer-429', fault: status(429, 'TooManyRequests', 1), times: 2 },
  { name: 'answer-500', fault: status(500, 'InternalError'), times: 2 },
  { name: 'answer-503', fault: status(503, 'ServiceUnavailable'), times: 2 },
  { name: 'answer-504', fault: status(504, 'Timeout'), times: 2 },
  { name: 'reset', fault: { kind: 'reset' }, times: 2 },
  { name: 'hang', fault: { kind: 'hang' } },
  { name: 'truncate', fault: { kind: 'truncate' } },
];

export const EVENT_FAULTS: readonly NamedFault<WatchFault>[] = [
  { name: 'drop', fault: { kind: 'drop' } },
  { name: 'repeat', fault: { kind: 'repeat' } },
  { name: 'delay', fault: { kind: 'delay', ms: 1_500 } },
  { name: 'swap', fault: { kind: 'swap' } },
  { name: 'hold', fault: { kind: 'hold' } },
  { name: '410', fault: { kind: 'error-event', code: 410, reason: 'Expired' } },
  { name: '500', fault: { kind: 'error-event', code: 500, reason: 'InternalError' } },
  { name: 'reset', fault: { kind: 'reset' } },
  { name: 'truncate', fault: { kind: 'truncate' } },
  { name: 'end', fault: { kind: 'end' } },
];
