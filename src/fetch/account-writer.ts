/**
 * Writes to one account, and what is known afterwards: nothing of before. Owned by an account; authorization has been
 * asked before.
 */
import type { SecretValue } from '../model/secret-value.ts';
import { type Asker, gaveUp } from './flight.ts';
import { KeyTurns } from './key-turns.ts';
import type { Knowledge } from './knowledge.ts';
import { refusalOf } from './operation.ts';
import type { Refusal, RemoveAnswer, VersionAnswer, WriteAnswer, WriteRef } from './port.ts';
import type { Scheduler } from './scheduler.ts';
import type { RemoveQuery } from './write-operations.ts';

export interface AccountWriterOptions {
  readonly scheduler: Pick<Scheduler, 'put' | 'remove'>;
  readonly knowledge: Pick<Knowledge, 'own' | 'wrote'>;
  /** What is held of the key is forgotten, and whoever uses it is told. */
  readonly onWritten: (key: string, learn: () => void) => void;
}

type Written = WriteAnswer | RemoveAnswer | Refusal;

export class AccountWriter {
  readonly #options: AccountWriterOptions;
  readonly #turns = new KeyTurns();
  /** what was known of its key when a write began */
  readonly #before = new WeakMap<RemoveQuery, VersionAnswer | undefined>();
  #count = 0;

  constructor(options: AccountWriterOptions) {
    this.#options = options;
  }

  put(ref: WriteRef, value: SecretValue, asker: Asker): Promise<WriteAnswer> {
    return this.#inTurn<WriteAnswer>(ref, asker, (query) =>
      this.#options.scheduler.put(Object.assign(query, { value }), asker),
    );
  }

  remove(ref: WriteRef, asker: Asker): Promise<RemoveAnswer> {
    return this.#inTurn<RemoveAnswer>(ref, asker, (query) => this.#options.scheduler.remove(query, asker));
  }

  /** The scheduler's answer to a write; a second one for the same write came too late to be the last word. */
  landed(query: RemoveQuery, answer: Written): void {
    const isLate = query.answered;
    query.answered = true;
    if (!query.sent || !mayHaveChanged(answer)) return;
    const { knowledge, onWritten } = this.#options;
    const known = isLate ? undefined : knownAfter(query.ref, answer);
    onWritten(query.ref.key, () => knowledge.wrote(query.ref.key, known, this.#before.get(query)));
  }

  async #inTurn<A>(
    ref: WriteRef,
    { signal }: Asker,
    write: (query: RemoveQuery) => Promise<A | Refusal>,
  ): Promise<A | Refusal> {
    const { knowledge } = this.#options;
    const answer = await this.#turns.take(ref.key, signal, () => {
      const spare = knowledge.own.pinned(ref.key);
      const query = { id: ++this.#count, ref: { ...ref, spare }, sent: false, answered: false };
      this.#before.set(query, knowledge.own.current(ref.key));
      return write(query);
    });
    return answer ?? gaveUp(signal);
  }
}

/** No answer of the provider's says nothing: it may have been done. */
function mayHaveChanged(answer: Written): boolean {
  if (answer.kind === 'stored' || answer.kind === 'removed') return true;
  return refusalOf(answer)?.kind === 'unavailable';
}

/** What the next look would find; undefined where only that look can tell. */
function knownAfter({ property }: WriteRef, answer: Written): VersionAnswer | undefined {
  if (answer.kind === 'stored') return { kind: 'found', version: answer.version };
  if (answer.kind !== 'removed' || property !== undefined) return undefined;
  return { kind: answer.recoverable ? 'softDeleted' : 'absent' };
}
