/**
 * Owns: the places where a literal of at least so many bytes, its window, may begin. Used by: literal-index.ts. Pure.
 *
 * Wherever the first eight bytes of a literal lie in a text, one of their five runs of four bytes begins at a multiple of
 * five. So every fifth place of the text is looked up in one table, by a hash of the four bytes there: nearly everywhere in
 * ordinary text no literal has them. No look depends on the one before, so the processor does several at a time; the table
 * grows with the literals, so that their number hardly matters. (Wu and Manber, TR-94-17, 1994, let the table say how
 * far to go on, up to five as well: each look then waits for the last.) A window of six bytes is looked for at every third
 * place, one of four at every place.
 */
import type { LiteralOrder } from './literal-order.ts';

const BLOCK = 4;
/** Knuth's multiplier for hashing by multiplication: 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e3779b1;
/** Another odd one, for the second half of a window. */
const SECOND = 0x85ebca6b;
const LEAST_BITS = 12;
/** 64 bits a block keep false hits under two in a hundred; 1 MB of them still lies in a cache near the processor. */
const FLAGS = 64;
const MOST_FLAG_BITS = 23;
/** Of the bigger table, which is looked into only after a hit: 4 MB at most. */
const SLOTS = 8;
const MOST_SLOT_BITS = 22;
/** Of the groups there have to be more slots than groups: a search ends at an empty one. */
const MOST_GROUP_BITS = 30;

/** Literals that share their window: low…high - 1 of the order. */
export interface Group {
  readonly low: number;
  readonly high: number;
}

export class WindowedLiterals {
  readonly #order: LiteralOrder;
  readonly #window: number;
  /** Blocks of a window; also how far one look is from the next. */
  readonly #blocks: number;
  /** By the hash of a block, a bit each: some window has it. */
  readonly #flags: Uint32Array;
  readonly #flagShift: number;
  /** By the hash of a block: a bit for each place that it has in a window. */
  readonly #places: Uint8Array;
  readonly #placeShift: number;
  /** By the hash of a window: group + 1; open addressing. */
  readonly #slots: Int32Array;
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;

  /** Of the literals that are at least `window` bytes long; a window has four bytes at least. */
  constructor(order: LiteralOrder, window: number) {
    this.#order = order;
    this.#window = window;
    this.#blocks = window - BLOCK + 1;
    const groups = groupsOf(order, window);
    this.#lows = Int32Array.from(groups, ({ low }) => low);
    this.#highs = Int32Array.from(groups, ({ high }) => high);
    const blocks = groups.length * this.#blocks;
    const [flagBits, slotBits] = [
      bitsFor(blocks * FLAGS, MOST_FLAG_BITS),
      bitsFor(blocks * SLOTS, MOST_SLOT_BITS),
    ];
    this.#flagShift = 32 - flagBits;
    this.#flags = new Uint32Array(2 ** flagBits / 32);
    this.#placeShift = 32 - slotBits;
    this.#places = new Uint8Array(2 ** slotBits);
    this.#slots = new Int32Array(2 ** bitsFor(groups.length * 2, MOST_GROUP_BITS));
    for (const group of groups.keys()) this.#add(group);
  }

  get isEmpty(): boolean {
    return this.#lows.length === 0;
  }

  /** Of the tables, without the literals. */
  get byteLength(): number {
    const tables = [this.#flags, this.#places, this.#slots, this.#lows, this.#highs];
    return tables.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  #add(group: number): void {
    const { bytes } = this.#order;
    const start = this.#order.start(this.#lows[group] as number);
    for (let block = 0; block < this.#blocks; block++) {
      const hash = Math.imul(word(bytes, start + block), GOLDEN);
      const [flag, slot] = [hash >>> this.#flagShift, hash >>> this.#placeShift];
      this.#flags[flag >>> 5] = (this.#flags[flag >>> 5] as number) | (1 << (flag & 31));
      this.#places[slot] = (this.#places[slot] as number) | (1 << block);
    }
    let slot = this.#slotOf(bytes, start);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = group + 1;
  }

  #slotOf(bytes: Uint8Array, start: number): number {
    const hash =
      Math.imul(word(bytes, start), GOLDEN) ^ Math.imul(word(bytes, start + this.#blocks - 1), SECOND);
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
  }

  /** Calls `visit` for every place of text[0, end) where literals may begin, in order, with these literals. */
  scan(text: Uint8Array, end: number, visit: (start: number, group: Group) => void): void {
    const flags = this.#flags;
    const shift = this.#flagShift;
    const last = end - BLOCK;
    const step = this.#blocks;
    for (let block = step - 1; block <= last; block += step) {
      const flag = Math.imul(word(text, block), GOLDEN) >>> shift;
      if (((flags[flag >>> 5] as number) & (1 << (flag & 31))) !== 0)
        this.#visitAround(text, end, block, visit);
    }
  }

  #visitAround(
    text: Uint8Array,
    end: number,
    block: number,
    visit: (start: number, group: Group) => void,
  ): void {
    const found = this.#places[Math.imul(word(text, block), GOLDEN) >>> this.#placeShift] as number;
    for (let place = this.#blocks - 1; place >= 0; place--) {
      const start = block - place;
      if ((found & (1 << place)) === 0 || start + this.#window > end) continue;
      const group = this.#groupAt(text, start);
      if (group) visit(start, group);
    }
  }

  /** The literals whose window is the text from there on. */
  #groupAt(text: Uint8Array, from: number): Group | undefined {
    const { bytes } = this.#order;
    const first = word(text, from);
    const second = word(text, from + this.#blocks - 1);
    for (let slot = this.#slotOf(text, from); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const group = (this.#slots[slot] as number) - 1;
      if (group < 0) return undefined;
      const low = this.#lows[group] as number;
      const start = this.#order.start(low);
      if (word(bytes, start) === first && word(bytes, start + this.#blocks - 1) === second)
        return { low, high: this.#highs[group] as number };
    }
  }
}

/** Four bytes as a number, whatever its sign. */
function word(bytes: Uint8Array, start: number): number {
  return (
    (bytes[start] as number) |
    ((bytes[start + 1] as number) << 8) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 24)
  );
}

function bitsFor(slots: number, most: number): number {
  return Math.min(Math.max(Math.ceil(Math.log2(slots + 1)), LEAST_BITS), most);
}

/** Literals that begin alike are neighbours in the order; shorter ones lie between, and belong to no group. */
function groupsOf(order: LiteralOrder, window: number): readonly Group[] {
  const groups: { low: number; high: number }[] = [];
  for (let index = 0; index < order.size; index++) {
    if (order.length(index) < window) continue;
    const last = groups.at(-1);
    if (last && isAlike(order, last.low, index, window)) last.high = index + 1;
    else groups.push({ low: index, high: index + 1 });
  }
  return groups;
}

function isAlike(order: LiteralOrder, one: number, other: number, window: number): boolean {
  const [first, second] = [order.start(one), order.start(other)];
  return [0, window - BLOCK].every(
    (half) => word(order.bytes, first + half) === word(order.bytes, second + half),
  );
}
