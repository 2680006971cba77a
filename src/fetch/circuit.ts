/**
 * Keeps callers away from a provider that cannot be reached, and finds out by itself when it can again.
 * Owned by one scheduler, which tells it of every call. Only transport failures count: a provider that denies, misses
 * or throttles is there.
 */
import type { Clock, Random } from '../kube/clock.ts';
import { probeDelayMs } from './backoff.ts';

export interface CircuitOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** One cheap call; true when the provider answered anything. Must not throw. */
  readonly probe: () => Promise<boolean>;
  readonly onOpen: (code: string) => void;
  readonly onClose: () => void;
}

// at 8 calls in flight a provider that dies takes one round of calls with it
const FAILURES_TO_OPEN = 5;

export class Circuit {
  readonly #options: CircuitOptions;
  /** calls in a row that failed */
  #failures = 0;
  /** probes since it opened; undefined while it is closed */
  #probes: number | undefined;
  #code: string | undefined;
  #cancelProbe: (() => void) | undefined;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  get open(): boolean {
    return this.#code !== undefined;
  }

  /** What the call that opened it ended with, as long as it is open: still the best that is known of the cause. */
  get openedBy(): string | undefined {
    return this.#code;
  }

  /** The provider gave an answer of any kind. */
  answered(): void {
    this.#failures = 0;
    if (!this.open) return;
    this.stop();
    this.#options.onClose();
  }

  failed(code: string): void {
    this.#failures++;
    if (this.open || this.#failures < FAILURES_TO_OPEN) return;
    this.#probes = 0;
    this.#code = code;
    this.#scheduleProbe();
    this.#options.onOpen(code);
  }

  /** Closes it without a word; no probe runs afterwards. */
  stop(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    this.#probes = undefined;
    this.#code = undefined;
  }

  #scheduleProbe(): void {
    const { clock, random } = this.#options;
    this.#cancelProbe = clock.after(probeDelayMs(this.#probes ?? 0, random()), () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const answered = await this.#options.probe();
    if (this.#probes === undefined) return;
    if (answered) return this.answered();
    this.#probes++;
    this.#scheduleProbe();
  }
}
