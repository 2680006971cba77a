/**
 * One time of being the leader, from the acquired Lease to its loss or release.
 * Made by lease-elector.ts; held by app.ts, and asked by whatever writes.
 */
import { type Clock, sleep } from './clock.ts';
import { isKubeError } from './kube-error.ts';
import type { Lease, LeaseTiming } from './lease-record.ts';
import type { LeaseRequests } from './lease-requests.ts';

export interface TermOptions {
  readonly requests: LeaseRequests;
  readonly clock: Clock;
  readonly timing: LeaseTiming;
  readonly onError?: (error: unknown) => void;
  readonly lease: Lease;
  /** before the request that acquired it was sent */
  readonly start: Moment;
}

export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export class LeaderTerm {
  readonly #options: TermOptions;
  readonly #lost = new AbortController();
  readonly #stopRenewing = new AbortController();
  readonly #renewing: Promise<void>;
  #lease: Lease;
  /** when the last renewal that worked was sent */
  #renewedAt: Moment;
  #cancelExpiry: () => void = () => undefined;

  constructor(options: TermOptions) {
    this.#options = options;
    this.#lease = options.lease;
    this.#renewedAt = options.start;
    this.#expireInTime();
    this.#renewing = this.#renewUntilStopped();
  }

  /** Aborts when leadership is lost or released: stop at once, and end the process. */
  get leading(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Whether nobody else can lead right now; asked before every write. Both clocks have to agree: the monotonic one
   * may stand still while a machine sleeps, the other one can be set back.
   */
  isLeaderNow(): boolean {
    return !this.#lost.signal.aborted && this.#remainingMs() > 0;
  }

  /** Gives the lease to whoever is next. Only after everything drained: the next leader starts within a second. */
  async release(): Promise<void> {
    // cuts off a renewal that is under way; giving up reckons with it
    this.#stopRenewing.abort();
    await this.#renewing;
    const stillOurs = this.isLeaderNow();
    this.#lose();
    if (!stillOurs) return;
    try {
      await this.#options.requests.giveUp(this.#lease);
    } catch (error) {
      // it expires by itself
      this.#options.onError?.(error);
    }
  }

  async #renewUntilStopped(): Promise<void> {
    const { clock, timing } = this.#options;
    const { signal } = this.#stopRenewing;
    for (;;) {
      await sleep(clock, timing.retryMs, signal);
      // after a pause of the process, timers are late: the lease is gone although nobody has said so
      if (!this.isLeaderNow()) this.#lose();
      if (signal.aborted) return;
      await this.#renew(signal);
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, requests, onError } = this.#options;
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    try {
      this.#lease = await requests.hold(this.#lease, signal);
      this.#renewedAt = sentAt;
      this.#expireInTime();
    } catch (error) {
      if (signal.aborted) return;
      onError?.(error);
      if (isKubeError(error, 'conflict', 'notFound')) await this.#lookAgain(signal);
    }
  }

  /**
   * A conflict is either a renewal of ours that worked but was not answered, or another leader. Where somebody deleted
   * the Lease, another replica makes a new one at its next look.
   */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { requests, onError } = this.#options;
    try {
      const current = await requests.read(signal);
      if (current?.spec?.holderIdentity !== requests.identity) return this.#lose();
      this.#lease = current;
    } catch (error) {
      if (!signal.aborted) onError?.(error);
    }
  }

  #expireInTime(): void {
    this.#cancelExpiry();
    this.#cancelExpiry = this.#options.clock.after(this.#remainingMs(), () => this.#lose());
  }

  #lose(): void {
    this.#cancelExpiry();
    this.#stopRenewing.abort();
    this.#lost.abort();
  }

  #remainingMs(): number {
    const { clock, timing } = this.#options;
    const { monotonic, wall } = this.#renewedAt;
    return timing.renewDeadlineMs - Math.max(clock.monotonic() - monotonic, clock.now() - wall);
  }
}
