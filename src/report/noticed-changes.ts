/**
 * Since when a source is known to have changed, until its targets have it: for the time of propagation. Owned by the
 * metrics. Keys of sources are no labels: they stay in here.
 */
import type { Clock } from '../kube/clock.ts';

interface Noticed {
  readonly at: number;
  /** when the first target had it: the next notice is of another change */
  delivered: number | undefined;
}

// what changes faster than it is delivered is measured for the newest of these; about 200 bytes each, less than 1 MB
const MAX_NOTICED = 4_096;
// to all targets of a change; what is written again much later is so for another reason
const FAN_OUT_MS = 600_000;

export class NoticedChanges {
  readonly #clock: Clock;
  readonly #noticed = new Map<string, Noticed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#noticed.size;
  }

  /** Once may be told several times: the first one counts until something was delivered. */
  changed(backendUid: string, key: string): void {
    const id = idOf(backendUid, key);
    const known = this.#noticed.get(id);
    if (known && known.delivered === undefined) return;
    this.#noticed.delete(id);
    this.#noticed.set(id, { at: this.#clock.monotonic(), delivered: undefined });
    if (this.#noticed.size <= MAX_NOTICED) return;
    const [oldest] = this.#noticed.keys();
    if (oldest !== undefined) this.#noticed.delete(oldest);
  }

  /** A target holds the new version: seconds since the change was noticed; undefined where nobody noticed one. */
  delivered(backendUid: string, key: string): number | undefined {
    const known = this.#noticed.get(idOf(backendUid, key));
    if (!known) return undefined;
    const now = this.#clock.monotonic();
    known.delivered ??= now;
    return now - known.delivered > FAN_OUT_MS ? undefined : (now - known.at) / 1000;
  }
}

function idOf(backendUid: string, key: string): string {
  return `${backendUid} ${key}`;
}
