/**
 * One time of being the leader, from the acquired Lease to its loss or release.
 * Made by lease-elector.ts; held by app.ts, and asked by whatever writes.
 */
import { type Clock, sleep } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { isKubeError } from './kube-error.ts';
import { LEASES, type Lease, type LeaseTiming, leaseDraft } from './lease-record.ts';

export interface TermOptions {
  readonly client: Pick<KubeClient, 'get' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
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

  /** Gives the lease to whoever is next. Only after everything drained: the next leader starts within seconds. */
  async release(): Promise<void> {
    this.#stopRenewing.abort();
    await this.#renewing;
    const stillOurs = this.isLeaderNow();
    this.#lose();
    if (!stillOurs) return;
    try {
      await this.#write('', 1);
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
    const { clock, identity, timing, onError } = this.#options;
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    try {
      this.#lease = await this.#write(identity, timing.leaseMs, signal);
      this.#renewedAt = sentAt;
      this.#expireInTime();
    } catch (error) {
      if (signal.aborted) return;
      onError?.(error);
      if (isKubeError(error, 'conflict')) await this.#lookAgain(signal);
    }
  }

  /** A conflict is either a renewal of ours that worked but was not answered, or another leader. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { client, namespace, name, identity, onError } = this.#options;
    try {
      this.#lease = await client.get(LEASES, { namespace, name }, { signal, deadlineMs: this.#callMs() });
      if (this.#lease.spec?.holderIdentity !== identity) this.#lose();
    } catch (error) {
      if (!signal.aborted) onError?.(error);
    }
  }

  #write(holder: string, leaseMs: number, signal?: AbortSignal): Promise<Lease> {
    const { client, clock, namespace, name } = this.#options;
    const draft = leaseDraft({ namespace, name, holder, leaseMs, nowMs: clock.now(), previous: this.#lease });
    return client.replace(LEASES, draft, { signal, deadlineMs: this.#callMs() });
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

  /** So that a call that hangs leaves time for another one. */
  #callMs(): number {
    return this.#options.timing.renewDeadlineMs / 2;
  }
}
