/** Owns: every place where one of many literals lies in a text. Used by: masker.ts, mask-stream.ts. Pure. */
import { LiteralOrder } from './literal-order.ts';
import { ShortLiterals } from './short-literals.ts';
import type { Span } from './spans.ts';
import { WindowedLiterals } from './windowed-literals.ts';

/** The longest that fits all literals of four bytes and more is looked for: the longer, the faster. */
const WINDOWS = [8, 6, 4] as const;
const [LONGEST_WINDOW, , LEAST_WINDOW] = WINDOWS;

/**
 * Built once for a set of literals, then used for any text. One scan for the literals of four bytes and more, and one for
 * shorter ones only where there are some: it takes nearly the same time for one as for ten thousand.
 */
export class LiteralIndex {
  readonly size: number;
  readonly #order: LiteralOrder;
  readonly #windowed: WindowedLiterals;
  readonly #short: ShortLiterals;

  /** `literals`: each once, none empty, a character a byte (latin1). */
  constructor(literals: readonly string[]) {
    this.#order = new LiteralOrder(literals);
    this.#windowed = new WindowedLiterals(this.#order, windowFor(this.#order));
    this.#short = new ShortLiterals(this.#order);
    this.size = this.#order.size;
  }

  /** What the index itself takes of memory. */
  get byteLength(): number {
    const ofLiteral = 2 * Int32Array.BYTES_PER_ELEMENT;
    const tables = [this.#order.bytes, this.#short, this.#windowed];
    return tables.reduce((sum, { byteLength }) => sum + byteLength, this.size * ofLiteral);
  }

  /**
   * Adds the longest literal at each place of text[0, end) to `spans` (shorter ones there lie within it). Answers where
   * the first one begins that the end of the text may have cut; `end`: none.
   */
  find(text: Uint8Array, end: number, spans: Span[]): number {
    if (this.size === 0) return end;
    this.#order.begin();
    const tail = Math.max(0, end - LONGEST_WINDOW + 1);
    this.#findShort(text, tail, end, spans);
    return Math.min(this.#findWindowed(text, end, spans), this.#findAt(text, tail, end, spans));
  }

  #findWindowed(text: Uint8Array, end: number, spans: Span[]): number {
    let open = end;
    if (this.#windowed.isEmpty) return open;
    this.#windowed.scan(text, end, (start, { low, high }) => {
      if (this.#take(text, start, end, spans, low, high)) open = Math.min(open, start);
    });
    return open;
  }

  /** None of these is cut before the last places. */
  #findShort(text: Uint8Array, tail: number, end: number, spans: Span[]): void {
    if (this.#short.isEmpty) return;
    for (let at = this.#short.next(text, 0, end); at < tail; at = this.#short.next(text, at + 1, end))
      this.#take(text, at, end, spans);
  }

  /** The last seven places, where the longest window does not fit any more. */
  #findAt(text: Uint8Array, tail: number, end: number, spans: Span[]): number {
    let open = end;
    for (let at = tail; at < end; at++) if (this.#take(text, at, end, spans)) open = Math.min(open, at);
    return open;
  }

  /** Adds the literal there, if there is one; true if the text ends within one. */
  #take(text: Uint8Array, from: number, end: number, spans: Span[], low = 0, high = this.size): boolean {
    const found = this.#order.longest(text, from, end, low, high);
    const length = found < 0 ? -1 - found : found;
    if (length > 0) spans.push({ start: from, end: from + length });
    return found < 0;
  }
}

function windowFor(order: LiteralOrder): number {
  const lengths = Array.from({ length: order.size }, (_, index) => order.length(index));
  const least = lengths.reduce((a, b) => (b < LEAST_WINDOW ? a : Math.min(a, b)), LONGEST_WINDOW as number);
  return WINDOWS.find((window) => window <= least) ?? LEAST_WINDOW;
}
