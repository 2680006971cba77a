/**
 * One leader among the replicas, by a Lease (client-go's algorithm).
 * Called by app.ts: acquire, work while `leading`, drain, release.
 * A Lease cannot fence: a paused process may wake as a leader that was replaced. isLeaderNow() before every write makes
 * that window small, and writes with preconditions make it harmless.
 */
import { type Clock, type Random, sleep } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { isKubeError } from './kube-error.ts';
import { LeaderTerm } from './leader-term.ts';
import { LEASES, type Lease, type LeaseTiming, leaseDraft } from './lease-record.ts';

export interface ElectorOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** unique for each process: the Pod's name and something random */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing?: LeaseTiming;
  /** calls that failed; they are made again. Must not throw */
  readonly onError?: (error: unknown) => void;
  /** somebody else holds the lease. Must not throw */
  readonly onFollow?: (leader: string) => void;
}

const TIMING: LeaseTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

export class LeaseElector {
  readonly #options: ElectorOptions;
  readonly #timing: LeaseTiming;
  /** the record as it was last seen to change, and when that was by our own clock */
  #observed: { readonly record: string; readonly at: number } | undefined;
  #following: string | undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#timing = options.timing ?? TIMING;
  }

  /** Waits until we lead. Undefined when the signal aborted before; never throws. */
  async acquire(signal: AbortSignal): Promise<LeaderTerm | undefined> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      const start = { monotonic: clock.monotonic(), wall: clock.now() };
      const lease = await this.#attempt(signal);
      if (lease) return new LeaderTerm({ ...this.#options, timing: this.#timing, lease, start });
      // replicas that started together do not ask together
      await sleep(clock, this.#timing.retryMs * (1 + 0.2 * random()), signal);
    }
    return undefined;
  }

  async #attempt(signal: AbortSignal): Promise<Lease | undefined> {
    const { identity, onError } = this.#options;
    try {
      const current = await this.#read(signal);
      if (current && !this.#isFree(current)) return undefined;
      const { client, clock, namespace, name } = this.#options;
      const { leaseMs } = this.#timing;
      const draft = leaseDraft({
        namespace,
        name,
        holder: identity,
        leaseMs,
        nowMs: clock.now(),
        previous: current,
      });
      const options = { signal, deadlineMs: this.#timing.renewDeadlineMs / 2 };
      return await (current ? client.replace(LEASES, draft, options) : client.create(LEASES, draft, options));
    } catch (error) {
      // a conflict is a lost race, which is no error
      if (!signal.aborted && !isKubeError(error, 'conflict', 'alreadyExists')) onError?.(error);
      return undefined;
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      const options = { signal, deadlineMs: this.#timing.renewDeadlineMs / 2 };
      return await client.get(LEASES, { namespace, name }, options);
    } catch (error) {
      if (isKubeError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  /**
   * Judged by how long the record has not changed while we looked, never by the times in it: those are another
   * machine's. A holder with our own identity is an earlier term of ours, which nobody renews.
   */
  #isFree({ spec, metadata }: Lease): boolean {
    const holder = spec?.holderIdentity ?? '';
    const now = this.#options.clock.monotonic();
    const record = `${metadata.uid} ${metadata.resourceVersion}`;
    if (this.#observed?.record !== record) this.#observed = { record, at: now };
    if (holder === '' || holder === this.#options.identity) return true;
    if (this.#following !== holder) this.#options.onFollow?.(holder);
    this.#following = holder;
    return now - this.#observed.at >= (spec?.leaseDurationSeconds ?? 0) * 1000 + this.#timing.retryMs;
  }
}
