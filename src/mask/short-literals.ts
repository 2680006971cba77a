/**
 * Owns: the places where a literal of one, two or three bytes may begin. Used by: literal-index.ts. Pure.
 * The first two bytes tell, and a hash of all three: tables that stay in the processor's cache.
 */
import type { LiteralOrder } from './literal-order.ts';

/** Longer ones are found by their windows. */
const MOST_BYTES = 3;
const PAIRS = 65_536;
/** Two bytes are a whole literal, or begin with one. */
const WHOLE = 1;
/** Two bytes begin a longer literal: the third decides. */
const LONGER = 2;

export class ShortLiterals {
  readonly isEmpty: boolean;
  readonly #pairs: Uint8Array;
  /** By a hash of three bytes: some literal begins with them. */
  readonly #triples: Uint8Array;

  constructor(order: LiteralOrder) {
    const short = Array.from({ length: order.size }, (_, index) => index).filter(
      (index) => order.length(index) <= MOST_BYTES,
    );
    this.isEmpty = short.length === 0;
    this.#pairs = new Uint8Array(this.isEmpty ? 0 : PAIRS);
    this.#triples = new Uint8Array(this.isEmpty ? 0 : PAIRS);
    for (const index of short) this.#add(order.bytes, order.start(index), order.length(index));
  }

  get byteLength(): number {
    return this.#pairs.byteLength + this.#triples.byteLength;
  }

  #add(bytes: Uint8Array, start: number, length: number): void {
    const first = bytes[start] as number;
    if (length === 1) {
      for (let second = 0; second < 256; second++) this.#mark(first | (second << 8), WHOLE);
      return;
    }
    const pair = first | ((bytes[start + 1] as number) << 8);
    this.#mark(pair, length === 2 ? WHOLE : LONGER);
    if (length > 2) this.#triples[triple(pair, bytes[start + 2] as number)] = 1;
  }

  #mark(pair: number, mark: number): void {
    this.#pairs[pair] = (this.#pairs[pair] as number) | mark;
  }

  /** The next place at or after `from`, and two bytes before `end`, where a literal may begin; `end`: none. */
  next(text: Uint8Array, from: number, end: number): number {
    const pairs = this.#pairs;
    const last = end - 3;
    for (let at = from; at <= last; at++) {
      const pair = (text[at] as number) | ((text[at + 1] as number) << 8);
      const mark = pairs[pair] as number;
      if (mark === 0) continue;
      if ((mark & WHOLE) !== 0 || this.#triples[triple(pair, text[at + 2] as number)] === 1) return at;
    }
    return end;
  }
}

function triple(pair: number, third: number): number {
  return (pair ^ (third * 0x9e3b)) & (PAIRS - 1);
}
