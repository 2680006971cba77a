/**
 * Stands between a feed of events and whoever looks at the provider for each of them: many events are one look, and
 * none is lost. Owned by one feed. Whoever may write to a queue decides how many events there are, never how often the
 * provider is asked.
 */
import type { Clock } from '../../kube/clock.ts';
import { RateLimit } from '../rate-limit.ts';

export interface HintGateOptions {
  readonly clock: Clock;
  /** `undefined` means any key */
  readonly onHint: (key: string | undefined) => void;
}

// a hint is at most one call. AWS is called 40 times a second, Google 25 times: 10 leave the greater part of either to
// those who wait for an answer
export const HINTS_PER_SECOND = 10;
// one change has several events: of the value, of its labels, of the rotation that caused it
export const REPEAT_MS = 5_000;
// a hint for all makes 2,000 secrets be described again, 100 calls: three a second
export const EVERYTHING_MS = 30_000;
// what was changed by one program in one go is one hint for all, not two
export const GATHER_MS = 1_000;

/** While it is remembered, a key was told within the last REPEAT_MS. */
interface Told {
  /** offered since, so it has to be told once more */
  again: boolean;
  readonly forget: () => void;
}

/**
 * Every key that is offered is told afterwards, by its name or as part of everything: at once where it can be, within
 * REPEAT_MS if it was told a moment ago, within EVERYTHING_MS if there are too many, within their sum at worst.
 */
export class HintGate {
  readonly #options: HintGateOptions;
  readonly #limit: RateLimit;
  /** at most 60: 10 of a burst, and 10 a second for five seconds */
  readonly #told = new Map<string, Told>();
  #everythingAt = Number.NEGATIVE_INFINITY;
  /** set while everything is about to be told */
  #cancelEverything: (() => void) | undefined;
  #closed = false;

  constructor(options: HintGateOptions) {
    this.#options = options;
    this.#limit = new RateLimit(options.clock, HINTS_PER_SECOND);
  }

  offer(key: string): void {
    if (this.#closed) return;
    const told = this.#told.get(key);
    if (told) told.again = true;
    else if (this.#limit.waitMs() === 0) this.#tell(key);
    else this.#tellEverythingSoon();
  }

  /** Nothing is told any more, not even what is due. */
  close(): void {
    this.#closed = true;
    this.#cancelEverything?.();
    for (const { forget } of this.#told.values()) forget();
    this.#told.clear();
  }

  #tell(key: string): void {
    const { clock, onHint } = this.#options;
    this.#limit.take();
    this.#told.set(key, { again: false, forget: clock.after(REPEAT_MS, () => this.#forget(key)) });
    onHint(key);
  }

  #forget(key: string): void {
    const told = this.#told.get(key);
    this.#told.delete(key);
    if (told?.again) this.offer(key);
  }

  #tellEverythingSoon(): void {
    if (this.#cancelEverything) return;
    const { clock } = this.#options;
    const dueInMs = Math.max(GATHER_MS, this.#everythingAt + EVERYTHING_MS - clock.monotonic());
    this.#cancelEverything = clock.after(dueInMs, () => this.#tellEverything());
  }

  #tellEverything(): void {
    const { clock, onHint } = this.#options;
    this.#cancelEverything = undefined;
    this.#everythingAt = clock.monotonic();
    for (const told of this.#told.values()) told.again = false;
    onHint(undefined);
  }
}
