/**
 * The requests about one Lease, in the name of one process.
 * Made by lease-elector.ts; used by it and by leader-term.ts.
 */
import type { Clock } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { isKubeError } from './kube-error.ts';
import { LEASES, type Lease, type LeaseTiming, leaseDraft } from './lease-record.ts';

export interface LeaseRequestOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** unique for each process: the Pod's name and something random */
  readonly identity: string;
  readonly clock: Clock;
  readonly timing: LeaseTiming;
}

// three requests at most: with 20 s for running reconciles, 2 s for those that are cut off and 2 s for events it is 30 s,
// and a Pod has 40
const GIVE_UP_CALL_MS = 2_000;
// given up, it need not run any longer; the API server refuses less than a second
const GIVEN_UP_MS = 1_000;

interface Limits {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
}

export class LeaseRequests {
  readonly #options: LeaseRequestOptions;

  constructor(options: LeaseRequestOptions) {
    this.#options = options;
  }

  get identity(): string {
    return this.#options.identity;
  }

  /** Undefined when there is none. Throws KubeError, as the others do. */
  read(signal: AbortSignal): Promise<Lease | undefined> {
    return this.#read({ signal, deadlineMs: this.#callMs() });
  }

  /** Takes or renews it; a conflict when anybody wrote since `previous`. */
  hold(previous: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { identity, timing } = this.#options;
    return this.#write(previous, identity, timing.leaseMs, { signal, deadlineMs: this.#callMs() });
  }

  /**
   * Gives it to whoever is next, if it is ours: also when a write of ours was aborted or not answered, and may have
   * been done or may be still under way. Naming the same version as that one settles it: either this write is first and
   * the other one cannot happen any more, or this one is refused and shows what the other has done.
   */
  async giveUp(previous: Lease | undefined): Promise<void> {
    const limits = { deadlineMs: GIVE_UP_CALL_MS };
    try {
      await this.#write(previous, '', GIVEN_UP_MS, limits);
    } catch {
      const current = await this.#read(limits);
      if (current?.spec?.holderIdentity === this.identity)
        await this.#write(current, '', GIVEN_UP_MS, limits);
    }
  }

  async #read(limits: Limits): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.get(LEASES, { namespace, name }, limits);
    } catch (error) {
      if (isKubeError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  #write(previous: Lease | undefined, holder: string, leaseMs: number, limits: Limits): Promise<Lease> {
    const { client, clock, namespace, name } = this.#options;
    const draft = leaseDraft({ namespace, name, holder, leaseMs, nowMs: clock.now(), previous });
    return previous ? client.replace(LEASES, draft, limits) : client.create(LEASES, draft, limits);
  }

  /** So that a call that hangs leaves time for another one. */
  #callMs(): number {
    return this.#options.timing.renewDeadlineMs / 2;
  }
}
