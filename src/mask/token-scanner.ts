/**
 * Finds tokens in bytes that may be a part of a longer text. What a token is depends on its own bytes, the one before
 * it and the one behind it, never on what was found elsewhere: so a text may be cut at `undecided`, and the rest gives
 * what the whole would have given.
 */
import { merged, type Span } from './spans.ts';
import type { Sighting } from './token-anchors.ts';
import { ENDLESS_CLASSES, type TokenIndex, tokenIndex } from './token-index.ts';
import { TokenMatcher } from './token-matcher.ts';
import type { ByteClass, Shape } from './token-shape.ts';

/** A token longer than this is masked as far as it was seen; `beforeAt` of the answer has the rest masked as well. */
export const MAX_TOKEN = 16_384;

const NEWLINE = 10;
const BACKSLASH = 92;
const ESCAPED = [...'nrt'].map((letter) => letter.charCodeAt(0));

export interface TokenScan {
  /** Sorted by start; none touches another. */
  readonly spans: readonly Span[];
  /** Where the first token begins, or text that may become one, that more text could complete or lengthen. */
  readonly undecided: number;
  /** What to hand on as `before` with bytes[cut…], for a cut at `undecided` or nearer: whether a long token goes on. */
  beforeAt(cut: number): number;
}

/** Where `from` begins what decides of the span: the name before a password, or the token itself. */
interface Found {
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

/** A token too long to be waited for: it may be cut anywhere, since its class tells how far it goes. */
interface Long {
  readonly start: number;
  readonly end: number;
  readonly of: ByteClass;
}

/**
 * Spans of tokens in bytes[0, end). `before`: the byte that came before bytes[0], -1 at the beginning of all text; or
 * what `beforeAt` of the last answer told, so that a token longer than MAX_TOKEN goes on. `undecided` is never further back than MAX_TOKEN bytes; it is `end` when `final`.
 */
export function scanTokens(bytes: Uint8Array, end: number, before: number, final: boolean): TokenScan {
  return new Scan(bytes, end, before, final).answer();
}

/** For tests: how many bytes a scan looks at. */
export function countSteps(bytes: Uint8Array): number {
  const scan = new Scan(bytes, bytes.length, -1, true);
  scan.answer();
  return scan.steps;
}

class Scan {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #before: number;
  readonly #final: boolean;
  readonly #index: TokenIndex = tokenIndex();
  readonly #matcher: TokenMatcher;
  readonly #found: Found[] = [];
  readonly #long: Long[] = [];
  #pending: number;
  #looked = 0;

  constructor(bytes: Uint8Array, end: number, before: number, final: boolean) {
    this.#bytes = bytes;
    this.#end = end;
    this.#before = before;
    this.#final = final;
    this.#pending = end;
    this.#matcher = new TokenMatcher(bytes, end, final);
  }

  get steps(): number {
    return this.#matcher.steps + this.#looked;
  }

  answer(): TokenScan {
    this.#goOn();
    this.#findAnchors();
    if (!this.#final) this.#readTail();
    const undecided = this.#cut();
    const spans = joined([...this.#found, ...this.#long], this.#end);
    return { spans, undecided, beforeAt: (cut) => this.#beforeAt(cut) };
  }

  #goOn(): void {
    const of = ENDLESS_CLASSES[(this.#before >> 8) - 1];
    if (!of) return;
    let at = 0;
    while (at < this.#end && of[this.#bytes[at] as number] === 1) at += 1;
    this.#looked += at;
    this.#long.push({ start: 0, end: at === this.#end && !this.#final ? Infinity : at, of });
  }

  #findAnchors(): void {
    const bytes = this.#bytes;
    const last = this.#end - 1;
    const { bucketOf, buckets } = this.#index.table;
    for (let at = 0; at < last; at += 2) {
      const bucket = bucketOf[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] as number;
      if (bucket !== 0) this.#look(buckets[bucket] as readonly Sighting[], at);
    }
    this.#looked += this.#end;
  }

  #look(bucket: readonly Sighting[], pair: number): void {
    for (const sighting of bucket) {
      const at = pair - sighting.offset;
      if (this.#isAt(sighting, at)) this.#readAround(sighting.shape, at);
    }
  }

  #isAt({ literal, fold }: Sighting, at: number): boolean {
    if (at < 0 || at + literal.length > this.#end) return false;
    for (let i = 0; i < literal.length; i += 1) {
      this.#looked += 1;
      const byte = this.#bytes[at + i] as number;
      const same = byte === literal[i] || (fold && byte >= 65 && byte <= 90 && byte + 32 === literal[i]);
      if (!same) return false;
    }
    return true;
  }

  /** Reads the shape at each place from which its literal can stand here; the nearest that fits is the token. */
  #readAround(index: number, literal: number): void {
    const { anchor } = this.#index.shapes[index] as Shape;
    const lowest = Math.max(0, literal - anchor.farthest);
    for (let from = literal - anchor.nearest; from >= lowest; from -= 1) {
      if (this.#mayBegin(from) & (1 << index) && this.#read(index, from)) return;
      this.#looked += 1;
      if (from > 0 && anchor.within[this.#bytes[from - 1] as number] === 0) return;
    }
  }

  #mayBegin(from: number): number {
    const first = this.#before < 0 ? -1 : this.#before & 255;
    const previous = from > 0 ? (this.#bytes[from - 1] as number) : first;
    return this.#index.mayBegin(this.#isEscape(from - 2) ? NEWLINE : previous, this.#bytes[from] as number);
  }

  /** `\n`, `\r` or `\t` as JSON writes them: the letter is no part of the word behind it. */
  #isEscape(at: number): boolean {
    if (at < 0 || this.#bytes[at] !== BACKSLASH) return false;
    return at + 1 >= this.#end || ESCAPED.includes(this.#bytes[at + 1] as number);
  }

  /** Where a cut leaves an escape whole. */
  #cutBefore(from: number): number {
    return this.#isEscape(from - 2) ? from - 2 : from;
  }

  #read(index: number, from: number): boolean {
    const matcher = this.#matcher;
    const verdict = matcher.match(this.#index.shapes[index] as Shape, from);
    if (verdict === 'match')
      this.#found.push({ from: this.#cutBefore(from), start: matcher.maskFrom, end: matcher.maskTo });
    if (verdict === 'more') this.#wait(this.#cutBefore(from));
    return verdict === 'match';
  }

  #wait(from: number): void {
    const { open, maskFrom } = this.#matcher;
    if (open && from < this.#end - MAX_TOKEN) this.#long.push({ start: maskFrom, end: Infinity, of: open });
    else this.#pending = Math.min(this.#pending, from);
  }

  /** Near the end the literal of a shape may not have come yet; what waits already may begin with an escape. */
  #readTail(): void {
    const last = this.#end - 1;
    const first = Math.max(0, this.#end - this.#index.farthest);
    for (let from = first; from <= Math.min(last, this.#pending + 1); from += 1) {
      const mask = this.#mayBegin(from);
      for (let index = 0; mask >> index !== 0; index += 1) {
        const shown = this.#end - from >= (this.#index.shown[index] as number);
        if (
          mask & (1 << index) &&
          !shown &&
          this.#matcher.match(this.#index.shapes[index] as Shape, from) === 'more'
        )
          this.#wait(this.#cutBefore(from));
      }
    }
    for (const at of [last - 1, last]) if (this.#isEscape(at)) this.#pending = Math.min(this.#pending, at);
  }

  /** What is cut off has to hold whatever decides of a span that goes on behind the cut. */
  #cut(): number {
    let cut = this.#pending;
    for (let moved = cut < this.#end; moved; ) {
      const across = this.#found.find(({ from, end }) => from < cut && end >= cut);
      moved = across !== undefined;
      if (across) cut = across.from;
    }
    return Math.max(cut, this.#end - MAX_TOKEN, 0);
  }

  /** The byte before the cut, and above it the class of a long token across the cut. */
  #beforeAt(cut: number): number {
    if (cut === 0) return this.#before;
    const across = this.#long.filter(({ start, end }) => start < cut && cut < end);
    const widest = Math.max(-1, ...across.map(({ of }) => ENDLESS_CLASSES.indexOf(of)));
    return ((widest + 1) << 8) | (this.#bytes[cut - 1] as number);
  }
}

/** What is within the text. */
function joined(found: readonly Span[], last: number): readonly Span[] {
  const within = found.map(({ start, end }) => ({ start, end: Math.min(end, last) }));
  return merged(within.filter(({ start, end }) => start < end));
}
