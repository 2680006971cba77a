/**
 * One leader among the replicas, by a Lease (client-go's algorithm).
 * Called by app.ts: acquire, work while `leading`, drain, release.
 * A Lease cannot fence: a paused process may wake as a leader that was replaced. isLeaderNow() before every write makes
 * that window small, and writes with preconditions make it harmless.
 */
import { type Random, sleep } from './clock.ts';
import { isKubeError } from './kube-error.ts';
import { LeaderTerm } from './leader-term.ts';
import { type Lease, type LeaseTiming, TIMING } from './lease-record.ts';
import { type LeaseRequestOptions, LeaseRequests } from './lease-requests.ts';

export interface ElectorOptions extends Omit<LeaseRequestOptions, 'timing'> {
  readonly random: Random;
  readonly timing?: LeaseTiming;
  /** calls that failed; they are made again. Must not throw */
  readonly onError?: (error: unknown) => void;
  /** somebody else holds the lease. Must not throw */
  readonly onFollow?: (leader: string) => void;
}

export class LeaseElector {
  readonly #options: ElectorOptions & { readonly timing: LeaseTiming };
  readonly #requests: LeaseRequests;
  /** the record as it was last seen to change, and when it runs out by our own clock */
  #observed: { readonly record: string; readonly endsAt: number } | undefined;
  #following: string | undefined;
  /** what our last attempt to take the lease replaced, if there was an attempt */
  #attempted: { readonly previous: Lease | undefined } | undefined;

  constructor(options: ElectorOptions) {
    this.#options = { timing: TIMING, ...options };
    this.#requests = new LeaseRequests(this.#options);
  }

  /** Waits until we lead. Undefined when the signal aborted before, and then nothing is held; never throws. */
  async acquire(signal: AbortSignal): Promise<LeaderTerm | undefined> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const start = { monotonic: clock.monotonic(), wall: clock.now() };
      const lease = await this.#attempt(signal);
      // an answer that comes together with the signal is one that nobody makes use of
      if (lease && !signal.aborted)
        return new LeaderTerm({ ...this.#options, requests: this.#requests, lease, start });
      await sleep(clock, this.#pauseMs(), signal);
    }
    await this.#takeBack();
    return undefined;
  }

  async #attempt(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      const current = await this.#requests.read(signal);
      if (current && !this.#isFree(current)) return undefined;
      this.#attempted = { previous: current };
      return await this.#requests.hold(current, signal);
    } catch (error) {
      // a conflict is a lost race, which is no error
      if (!signal.aborted && !isKubeError(error, 'conflict', 'alreadyExists')) this.#options.onError?.(error);
      return undefined;
    }
  }

  /** Whatever has become of our attempt: a process that ends must not leave a lease that others wait for. */
  async #takeBack(): Promise<void> {
    if (!this.#attempted) return;
    try {
      await this.#requests.giveUp(this.#attempted.previous);
    } catch (error) {
      // it expires by itself
      this.#options.onError?.(error);
    }
  }

  /** Replicas that started together do not ask together; and none sleeps past the end of a lease. */
  #pauseMs(): number {
    const { clock, random, timing } = this.#options;
    const usual = timing.retryMs * (1 + 0.2 * random());
    const left = Math.ceil((this.#observed?.endsAt ?? 0) - clock.monotonic());
    return left > 0 ? Math.min(left, usual) : usual;
  }

  /**
   * Judged by how long the record has not changed while we looked, never by the times in it: those are another
   * machine's. A holder with our own identity is an earlier term of ours, which nobody renews.
   */
  #isFree({ spec, metadata }: Lease): boolean {
    const { clock, identity, timing, onFollow } = this.#options;
    const holder = spec?.holderIdentity ?? '';
    const now = clock.monotonic();
    const record = `${metadata.uid} ${metadata.resourceVersion}`;
    const leaseMs = (spec?.leaseDurationSeconds ?? timing.leaseMs / 1000) * 1000;
    if (this.#observed?.record !== record) this.#observed = { record, endsAt: now + leaseMs };
    if (holder === '' || holder === identity) return true;
    if (this.#following !== holder) onFollow?.(holder);
    this.#following = holder;
    return now >= this.#observed.endsAt;
  }
}
