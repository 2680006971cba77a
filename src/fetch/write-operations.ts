/**
 * The two kinds of write that a scheduler puts to a backend. Called by scheduler.ts. No two are one: two values for a key
 * are two writes. One whose answer was lost may have been done, so it is not repeated here: whoever asked decides.
 */
import type { SecretValue } from '../model/secret-value.ts';
import type { Operation } from './operation.ts';
import type { Backend, Refusal, RemoveAnswer, WriteAnswer, WriteRef } from './port.ts';

export interface RemoveQuery {
  readonly id: number;
  readonly ref: WriteRef;
  /** whether the backend was given it: only then may anything have changed */
  sent: boolean;
  /** whoever asked has an answer; another one comes too late */
  answered: boolean;
}

export interface PutQuery extends RemoveQuery {
  /** the caller's */
  readonly value: SecretValue;
}

/** Takes over every answer, those included that come too late. */
export type OnWritten<Q, A> = (query: Q, answer: A | Refusal) => void;

// quotas of writes are a tenth of those of reads, and of everybody: 50 a second at AWS, 10 at Google
const ABREAST = 2;

export function putting(
  backend: Backend,
  done: OnWritten<PutQuery, WriteAnswer>,
): Operation<PutQuery, WriteAnswer> {
  const put = async ({ ref, value }: PutQuery, signal: AbortSignal) => {
    // the caller wipes its own when it has an answer, and a call may outlive that
    const own = value.copy();
    try {
      return await backend.put(ref, own, signal);
    } finally {
      own.wipe();
    }
  };
  return writing('put', put, done);
}

export function removing(
  backend: Backend,
  done: OnWritten<RemoveQuery, RemoveAnswer>,
): Operation<RemoveQuery, RemoveAnswer> {
  return writing('remove', ({ ref }, signal) => backend.remove(ref, signal), done);
}

function writing<Q extends RemoveQuery, A>(
  name: string,
  write: (query: Q, signal: AbortSignal) => Promise<A>,
  done: OnWritten<Q, A>,
): Operation<Q, A> {
  const call = (queries: readonly Q[], signal: AbortSignal) =>
    Promise.all(
      queries.map((query) => {
        query.sent = true;
        return write(query, signal);
      }),
    );
  const keyOf = ({ id }: Q) => String(id);
  return { name, batchSize: 1, abreast: ABREAST, isRepeatable: false, keyOf, call, done };
}
