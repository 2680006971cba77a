/**
 * Keys in the order in which they may run: those whose time has come by urgency, the others by time.
 * Called by work-queue.ts. Knows no clock: every method is told the time, monotonic milliseconds.
 */
import { IndexedHeap } from './indexed-heap.ts';

export interface WaitingKey {
  readonly key: string;
  readonly priority: number;
  /** when it may run, or since when it could have */
  readonly readyAt: number;
}

interface Entry {
  readonly key: string;
  priority: number;
  readyAt: number;
  readonly sequence: number;
  at: number;
  heap: IndexedHeap<Entry>;
}

// 100 points of priority are worth 30 s of waiting: the first list yields to live events, but never for longer
const AGEING_MS_PER_POINT = 300;

export class WaitingKeys {
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new IndexedHeap<Entry>((a, b) => earlier(rank(a), rank(b), a, b));
  readonly #delayed = new IndexedHeap<Entry>((a, b) => earlier(a.readyAt, b.readyAt, a, b));
  #sequence = 0;

  get readyCount(): number {
    return this.#ready.size;
  }

  get delayedCount(): number {
    return this.#delayed.size;
  }

  /** When the next delayed key is due. */
  get nextAt(): number | undefined {
    return this.#delayed.first?.readyAt;
  }

  /** Says whether the key is new here. If not, the earlier time and the higher priority of both count. */
  put({ key, priority, readyAt }: WaitingKey, now: number): boolean {
    const known = this.#entries.get(key);
    if (known) {
      known.priority = Math.max(known.priority, priority);
      known.readyAt = Math.min(known.readyAt, readyAt);
      known.heap.moved(known);
    } else {
      const heap = readyAt <= now ? this.#ready : this.#delayed;
      const entry = { key, priority, readyAt, sequence: this.#sequence++, at: -1, heap };
      this.#entries.set(key, entry);
      heap.push(entry);
    }
    this.promote(now);
    return !known;
  }

  /** Lets the keys whose time has come compete. */
  promote(now: number): void {
    for (let entry = this.#delayed.first; entry && entry.readyAt <= now; entry = this.#delayed.first) {
      this.#delayed.remove(entry);
      entry.heap = this.#ready;
      this.#ready.push(entry);
    }
  }

  /** Takes out the most urgent key that is ready. */
  pop(): WaitingKey | undefined {
    const entry = this.#ready.first;
    if (!entry) return undefined;
    this.#ready.remove(entry);
    this.#entries.delete(entry.key);
    return { key: entry.key, priority: entry.priority, readyAt: entry.readyAt };
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.heap.remove(entry);
    this.#entries.clear();
  }
}

/** The moment from which this key goes before everything ordinary that becomes ready later. */
function rank({ readyAt, priority }: Entry): number {
  return readyAt - priority * AGEING_MS_PER_POINT;
}

function earlier(a: number, b: number, first: Entry, second: Entry): boolean {
  return a === b ? first.sequence < second.sequence : a < b;
}
