/** Requests by provider, of connections that are open and of those that were closed. Owned by the account pool. */
import type { Backend } from './port.ts';

export interface RequestsSent {
  /** those that the provider charges for, by its public price list */
  readonly billed: number;
  readonly free: number;
}

/** As much of a connection as is counted. */
export type CountedBackend = Pick<Backend, 'requests' | 'billed'> & {
  readonly capabilities: Pick<Backend['capabilities'], 'provider'>;
};

const NONE: RequestsSent = { billed: 0, free: 0 };

export class RequestsByProvider {
  readonly #open = new Map<string, CountedBackend>();
  readonly #closed = new Map<string, RequestsSent>();

  opened(account: string, backend: CountedBackend): void {
    this.#open.set(account, backend);
  }

  /** What is sent after this is not counted. */
  closed(account: string): void {
    const backend = this.#open.get(account);
    if (!backend) return;
    this.#open.delete(account);
    add(this.#closed, backend);
  }

  /** Counts up for as long as the process runs. */
  sums(): ReadonlyMap<string, RequestsSent> {
    const sums = new Map(this.#closed);
    for (const backend of this.#open.values()) add(sums, backend);
    return sums;
  }
}

function add(sums: Map<string, RequestsSent>, backend: CountedBackend): void {
  const { provider } = backend.capabilities;
  const sent = backend.requests?.() ?? 0;
  const now = backend.billed?.() ?? sent;
  const { billed, free } = sums.get(provider) ?? NONE;
  sums.set(provider, { billed: billed + now, free: free + sent - now });
}
