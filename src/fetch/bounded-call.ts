/**
 * One call to a backend with an end: whatever the backend does, it is over when the deadline passes or nobody waits.
 * Called by flight queues and the circuit's probe. No text of an exception passes here.
 */
import { type Clock, deadline } from '../kube/clock.ts';

export type CallOutcome<R> =
  | { readonly kind: 'returned'; readonly result: R }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'abandoned' }
  /** a bug of the backend; `error` is the name of its class */
  | { readonly kind: 'threw'; readonly error: string };

export interface Bounds<R> {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** aborts when nobody waits any more */
  readonly signal: AbortSignal;
  /** takes care of a result that came too late */
  readonly tooLate: (result: R) => void;
}

export async function boundedCall<R>(
  call: (signal: AbortSignal) => Promise<R>,
  { clock, deadlineMs, signal, tooLate }: Bounds<R>,
): Promise<CallOutcome<R>> {
  using limit = deadline(clock, deadlineMs, signal);
  const ended = new Promise<CallOutcome<R>>((resolve) => {
    const end = () => resolve({ kind: limit.expired ? 'timedOut' : 'abandoned' });
    limit.signal.addEventListener('abort', end);
    if (limit.signal.aborted) end();
  });
  const work = outcomeOf(call, limit.signal);
  const first = await Promise.race([work, ended]);
  if (first.kind === 'timedOut' || first.kind === 'abandoned')
    void work.then((late) => dispose(late, tooLate));
  if (first.kind === 'threw' && limit.signal.aborted)
    return { kind: limit.expired ? 'timedOut' : 'abandoned' };
  return first;
}

/** Never rejects. */
async function outcomeOf<R>(
  call: (signal: AbortSignal) => Promise<R>,
  signal: AbortSignal,
): Promise<CallOutcome<R>> {
  try {
    return { kind: 'returned', result: await call(signal) };
  } catch (error) {
    return { kind: 'threw', error: className(error) };
  }
}

function dispose<R>(late: CallOutcome<R>, tooLate: (result: R) => void): void {
  if (late.kind === 'returned') tooLate(late.result);
}

/** A message may quote a value; the name of a class is ours or a library's. */
export function className(error: unknown): string {
  const name = error instanceof Error ? error.constructor.name : typeof error;
  return /^[A-Za-z0-9]{1,40}$/.test(name) ? name : 'Error';
}
