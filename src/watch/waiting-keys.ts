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

/** Whose turn a key counts as, and whether that one may have another. */
export interface Lanes {
  readonly laneOf: (key: string) => string;
  readonly hasRoom: (lane: string) => boolean;
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
  readonly #ready = new IndexedHeap<Entry>(byRank);
  readonly #delayed = new IndexedHeap<Entry>((a, b) => earlier(a.readyAt, b.readyAt, a, b));
  /** ready, but their lane has no room; by lane */
  readonly #parked = new Map<string, IndexedHeap<Entry>>();
  #sequence = 0;

  get readyCount(): number {
    return this.#ready.size + [...this.#parked.values()].reduce((sum, { size }) => sum + size, 0);
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

  /** Takes out the most urgent key that is ready and whose lane has room; the others wait for `unpark`. */
  pop(lanes: Lanes): WaitingKey | undefined {
    for (let entry = this.#ready.first; entry; entry = this.#ready.first) {
      this.#ready.remove(entry);
      const lane = lanes.laneOf(entry.key);
      if (lanes.hasRoom(lane)) {
        this.#entries.delete(entry.key);
        return { key: entry.key, priority: entry.priority, readyAt: entry.readyAt };
      }
      this.#park(entry, lane);
    }
    return undefined;
  }

  /** A lane has room again. */
  unpark(lane: string): void {
    const parked = this.#parked.get(lane);
    this.#parked.delete(lane);
    for (let entry = parked?.first; entry; entry = parked?.first) {
      parked?.remove(entry);
      entry.heap = this.#ready;
      this.#ready.push(entry);
    }
  }

  #park(entry: Entry, lane: string): void {
    const parked = this.#parked.get(lane) ?? new IndexedHeap<Entry>(byRank);
    this.#parked.set(lane, parked);
    entry.heap = parked;
    parked.push(entry);
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.heap.remove(entry);
    this.#entries.clear();
    this.#parked.clear();
  }
}

function byRank(a: Entry, b: Entry): boolean {
  return earlier(rank(a), rank(b), a, b);
}

/** The moment from which this key goes before everything ordinary that becomes ready later. */
function rank({ readyAt, priority }: Entry): number {
  return readyAt - priority * AGEING_MS_PER_POINT;
}

function earlier(a: number, b: number, first: Entry, second: Entry): boolean {
  return a === b ? first.sequence < second.sequence : a < b;
}
