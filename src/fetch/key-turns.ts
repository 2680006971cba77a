/**
 * Whose turn it is to write a key: one after the other, in the order asked, so that a later value is never overtaken by
 * an earlier one. Owned by what writes to an account. Pure but for its own memory.
 */
import { endOf } from './end-of.ts';

export class KeyTurns {
  /** ends with the last write that was asked for; a key is in here while anybody writes it */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Runs `work` once nobody before is at it any more; undefined, and never runs it, if the signal aborts first. Rejects
   * only with what `work` throws.
   */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const before = this.#last.get(key);
    const turn = Promise.withResolvers<void>();
    // whoever comes next waits for those before us too: we may leave early
    const mine = before ? before.then(() => turn.promise) : turn.promise;
    this.#last.set(key, mine);
    try {
      if (before) await endOf(before, signal);
      return signal.aborted ? undefined : await work();
    } finally {
      turn.resolve();
      void mine.then(() => {
        if (this.#last.get(key) === mine) this.#last.delete(key);
      });
    }
  }
}
