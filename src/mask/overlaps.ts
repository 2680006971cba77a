/**
 * Owns: what one comparison of a literal tells of the next, a few bytes further on. Used by: literal-order.ts. Pure.
 *
 * Without it a text of equal characters would be compared anew at each place with a secret that is a thousand of them. What
 * a literal has in common with itself, moved by so many bytes, is computed once (Gusfield's Z function), and then
 * no byte of the text is compared twice with the same literal.
 */
export class Overlaps {
  readonly #literalOf: (index: number) => Uint8Array;
  /** By literal, and then by how far it is moved; at most four times as much as the literals themselves. */
  readonly #own = new Map<number, Int32Array>();
  #index = -1;
  #from = 0;
  #count = 0;

  constructor(literalOf: (index: number) => Uint8Array) {
    this.#literalOf = literalOf;
  }

  forget(): void {
    this.#index = -1;
  }

  /** The last `count` bytes of text from `from` on were those of the literal, and no more. */
  remember(index: number, from: number, count: number): void {
    if (count < WORTH_IT || (from + count <= this.#from + this.#count && index === this.#index)) return;
    this.#index = index;
    this.#from = from;
    this.#count = count;
  }

  /** How many bytes of text from `from` on are known to be those of the literal. Negative: and no more than these. */
  known(index: number, from: number): number {
    const moved = from - this.#from;
    const left = this.#count - moved;
    if (index !== this.#index || moved < 0 || left < WORTH_IT) return 0;
    const own = this.#ownOf(index)[moved] as number;
    return own < left ? -own : left;
  }

  #ownOf(index: number): Int32Array {
    const known = this.#own.get(index);
    if (known) return known;
    const own = commonPrefixes(this.#literalOf(index));
    this.#own.set(index, own);
    return own;
  }
}

/** Below this it is faster to compare again. */
const WORTH_IT = 32;

/** How many bytes a text has in common with itself from each of its places on; in time that grows as its length does. */
function commonPrefixes(text: Uint8Array): Int32Array {
  const common = new Int32Array(text.length);
  common[0] = text.length;
  // text[left, right) is the furthest stretch that is known to be like the beginning
  for (let at = 1, left = 0, right = 0; at < text.length; at++) {
    let count = at < right ? Math.min(right - at, common[at - left] as number) : 0;
    while (at + count < text.length && text[count] === text[at + count]) count++;
    common[at] = count;
    if (at + count > right) [left, right] = [at, at + count];
  }
  return common;
}
