/**
 * What is known of the cluster, in memory: projections by key, and indexes over them.
 * Written by reflectors, read by everybody. Values are shared, so nobody may change one.
 */

/** The values of one projection under an index; an empty list leaves it out. */
export type Indexer<P> = (value: P) => readonly string[];

const NOTHING: ReadonlySet<string> = new Set();

/** Memory: one entry for each object in the cluster of which something is held, plus one for each index value. */
export class Store<P> {
  readonly #values = new Map<string, P>();
  readonly #indexers: ReadonlyMap<string, Indexer<P>>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  constructor(indexers: Readonly<Record<string, Indexer<P>>> = {}) {
    this.#indexers = new Map(Object.entries(indexers));
    for (const name of this.#indexers.keys()) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): P | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  values(): IterableIterator<P> {
    return this.#values.values();
  }

  /** Keys whose projection has this value in the index. A live view: copy it before changing the store. */
  keysBy(index: string, value: string): ReadonlySet<string> {
    const values = this.#indexes.get(index);
    if (!values) throw new RangeError(`this store has no index "${index}"`);
    return values.get(value) ?? NOTHING;
  }

  /** Projections that have this value in the index. */
  by(index: string, value: string): P[] {
    const found: P[] = [];
    for (const key of this.keysBy(index, value)) {
      const projection = this.#values.get(key);
      if (projection !== undefined) found.push(projection);
    }
    return found;
  }

  /** Stores a projection and returns the one it replaces. An indexer that throws leaves the store as it was. */
  set(key: string, value: P): P | undefined {
    const entries = this.#entriesOf(value);
    const old = this.delete(key);
    this.#values.set(key, value);
    for (const [index, indexed] of entries) {
      const keys = index.get(indexed);
      if (keys) keys.add(key);
      else index.set(indexed, new Set([key]));
    }
    return old;
  }

  /** Removes a projection and returns it. */
  delete(key: string): P | undefined {
    const old = this.#values.get(key);
    if (old === undefined) return undefined;
    this.#values.delete(key);
    for (const [index, indexed] of this.#entriesOf(old)) {
      const keys = index.get(indexed);
      keys?.delete(key);
      // or every value that ever was would stay
      if (keys?.size === 0) index.delete(indexed);
    }
    return old;
  }

  #entriesOf(value: P): [Map<string, Set<string>>, string][] {
    const entries: [Map<string, Set<string>>, string][] = [];
    for (const [name, indexer] of this.#indexers) {
      const index = this.#indexes.get(name);
      if (index) for (const indexed of indexer(value)) entries.push([index, indexed]);
    }
    return entries;
  }
}
