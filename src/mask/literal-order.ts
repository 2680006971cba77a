import { Overlaps } from './overlaps.ts';

/**
 * Owns: literals in the order of their bytes, and which of them a text begins with. Used by: literal-index.ts. Pure.
 *
 * All literals that begin alike lie together, so one search by halves finds the longest that the text begins with, and
 * whether the text could still become a longer one, whatever the number of literals.
 */
export class LiteralOrder {
  readonly size: number;
  readonly #bytes: Uint8Array;
  /** Literal i is bytes[offsets[i], offsets[i + 1]). */
  readonly #offsets: Int32Array;
  /** The longest other literal that literal i begins with; -1: none. */
  readonly #within: Int32Array;
  readonly #overlaps: Overlaps;

  /** `literals`: each once, none empty, a character a byte (latin1). */
  constructor(literals: readonly string[]) {
    const sorted = [...literals].sort((a, b) => (a < b ? -1 : 1));
    this.size = sorted.length;
    this.#offsets = new Int32Array(this.size + 1);
    for (const [index, literal] of sorted.entries())
      this.#offsets[index + 1] = at(this.#offsets, index) + literal.length;
    this.#bytes = Buffer.from(sorted.join(''), 'latin1');
    this.#overlaps = new Overlaps((index) => this.#literal(index));
    this.#within = this.#prefixes();
  }

  /** What a literal begins with comes before it, and nothing else lies between that does not begin so, too. */
  #prefixes(): Int32Array {
    const within = new Int32Array(this.size).fill(-1);
    for (let index = 1; index < this.size; index++) {
      let shorter = index - 1;
      while (shorter >= 0 && !this.#begins(index, shorter)) shorter = at(within, shorter);
      within[index] = shorter;
    }
    return within;
  }

  #begins(index: number, shorter: number): boolean {
    const [start, length] = [this.start(index), this.length(shorter)];
    return (
      length <= this.length(index) && this.#alike(shorter, this.#bytes, start, start + length) === length
    );
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** What follows is about another text. */
  begin(): void {
    this.#overlaps.forget();
  }

  #literal(index: number): Uint8Array {
    return this.#bytes.subarray(this.start(index), this.start(index) + this.length(index));
  }

  start(index: number): number {
    return at(this.#offsets, index);
  }

  length(index: number): number {
    return at(this.#offsets, index + 1) - at(this.#offsets, index);
  }

  /** How many bytes literal and text have in common from `from` on. */
  #alike(index: number, text: Uint8Array, from: number, end: number): number {
    const start = this.start(index);
    const most = Math.min(this.length(index), end - from);
    const bytes = this.#bytes;
    const known = this.#overlaps.known(index, from);
    let count = Math.abs(known);
    // a negative one is all there is
    if (known >= 0) while (count < most && bytes[start + count] === text[from + count]) count++;
    this.#overlaps.remember(index, from, count);
    return count;
  }

  /** Of the literals low…high - 1, the first that comes after the text from `from` on; `high`: none. */
  #firstAfter(text: Uint8Array, from: number, end: number, low: number, high: number): number {
    let [least, most] = [low, high];
    while (least < most) {
      const middle = (least + most) >>> 1;
      if (this.#isAfter(middle, text, from, end)) most = middle;
      else least = middle + 1;
    }
    return least;
  }

  #isAfter(index: number, text: Uint8Array, from: number, end: number): boolean {
    const alike = this.#alike(index, text, from, end);
    if (alike === this.length(index)) return false;
    // the text ended within the literal
    if (from + alike === end) return true;
    return at(this.#bytes, this.start(index) + alike) > at(text, from + alike);
  }

  /**
   * The length of the longest literal that text[from, end) begins with; 0: none. Negative where the text ends within
   * a literal, of which more text could make a longer one: then -1 less the length.
   */
  longest(text: Uint8Array, from: number, end: number, low = 0, high = this.size): number {
    const after = this.#firstAfter(text, from, end, low, high);
    const open = after < high && this.#alike(after, text, from, end) === end - from;
    let found = after - 1;
    if (found < low) return open ? -1 : 0;
    const alike = this.#alike(found, text, from, end);
    while (found >= 0 && this.length(found) > alike) found = at(this.#within, found);
    const length = found < 0 ? 0 : this.length(found);
    return open ? -1 - length : length;
  }
}

/** The table is always long enough; the compiler cannot know. */
function at(table: Int32Array | Uint8Array, index: number): number {
  return table[index] as number;
}
