/**
 * Notices silence. A connection that died without a word (a NAT that forgot it, a paused server) looks like a quiet
 * watch; bookmarks come once a minute, so longer silence means it is dead.
 * Called by reflector.ts.
 */
import type { Clock } from './clock.ts';

export class Watchdog implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #follow = () => this.#controller.abort(this.#parent.reason);
  #lastTouch: number;
  #cancel: () => void;
  #barked = false;

  /** Its signal aborts after `ms` without a touch, or with its parent. */
  constructor(clock: Clock, ms: number, parent: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#parent = parent;
    this.#lastTouch = clock.monotonic();
    this.#cancel = clock.after(ms, () => this.#look());
    if (parent.aborted) this.#follow();
    parent.addEventListener('abort', this.#follow);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** whether it was the silence that aborted, not the parent */
  get barked(): boolean {
    return this.#barked;
  }

  touch(): void {
    this.#lastTouch = this.#clock.monotonic();
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#parent.removeEventListener('abort', this.#follow);
  }

  /** One timer that looks back, instead of a new one for each of thousands of events. */
  #look(): void {
    const quiet = this.#clock.monotonic() - this.#lastTouch;
    if (quiet < this.#ms) {
      this.#cancel = this.#clock.after(this.#ms - quiet, () => this.#look());
      return;
    }
    this.#barked = !this.#parent.aborted;
    this.#controller.abort();
  }
}
