import type { Clock } from '../../kube/clock.ts';
import { TokenBucket } from '../../kube/token-bucket.ts';

// a namespace with 64 targets that all rotate at once tells all of it in a burst; 20 a second are 72,000 an hour, more
// than any chat takes, and 1/50 of what one operator sends
const BURST = 100;
const INTERVAL_MS = 50;
// a bucket is 100 bytes; as many as a cluster has namespaces
const MAX_NAMESPACES = 10_000;

/** How much one namespace may send, so that a flood of its events is its own (FAULTS 51, 54). */
export class DeliveryBudget {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one more may be sent now; if not, look again in `againMs`. */
  take(namespace: string): boolean {
    const bucket = this.#buckets.get(namespace) ?? new TokenBucket(this.#clock, BURST, INTERVAL_MS);
    // the one that was used last stands at the end
    this.#buckets.delete(namespace);
    this.#buckets.set(namespace, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_NAMESPACES && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take();
  }

  /** When a namespace that has spent its budget is looked at again, in milliseconds. */
  readonly againMs = 1_000;
}
