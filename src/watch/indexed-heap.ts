/**
 * A binary heap whose entries know their place, so that one can be moved or removed without searching.
 * Called by work-queue.ts. All operations are O(log n).
 */

export interface HeapEntry {
  /** place in the heap, kept by the heap; −1 outside */
  at: number;
}

export class IndexedHeap<E extends HeapEntry> {
  readonly #entries: E[] = [];
  readonly #before: (a: E, b: E) => boolean;

  /** `before(a, b)`: a comes out earlier than b. */
  constructor(before: (a: E, b: E) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The entry that comes out next. */
  get first(): E | undefined {
    return this.#entries[0];
  }

  push(entry: E): void {
    this.#entries.push(entry);
    entry.at = this.#entries.length - 1;
    this.#up(entry);
  }

  /** Restores the order after a change of the entry. */
  moved(entry: E): void {
    this.#up(entry);
    this.#down(entry);
  }

  remove(entry: E): void {
    const last = this.#entries.pop();
    if (last !== undefined && last !== entry) {
      this.#place(last, entry.at);
      this.moved(last);
    }
    entry.at = -1;
  }

  #up(entry: E): void {
    for (;;) {
      const parent = this.#entries[(entry.at - 1) >> 1];
      if (parent === undefined || entry.at === 0 || !this.#before(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #down(entry: E): void {
    for (;;) {
      const left = this.#entries[2 * entry.at + 1];
      const right = this.#entries[2 * entry.at + 2];
      const child = right !== undefined && left !== undefined && this.#before(right, left) ? right : left;
      if (child === undefined || !this.#before(child, entry)) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: E, b: E): void {
    const at = a.at;
    this.#place(a, b.at);
    this.#place(b, at);
  }

  #place(entry: E, at: number): void {
    this.#entries[at] = entry;
    entry.at = at;
  }
}
