/** Reads one shape at one place of a text that may go on. */
import { type ByteClass, ENDLESS, NEED_WITHIN, type Part, type Shape } from './token-shape.ts';

/** `more`: as far as the text goes it fits; what comes next decides. */
export type Verdict = 'no' | 'match' | 'more';

const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

/** One for a scan: where the shape was read to, and what of it is to be masked, stays here until the next is read. */
export class TokenMatcher {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly final: boolean;
  /** What was masked of the last match; of `more`, as far as the text goes. */
  maskFrom = 0;
  maskTo = 0;
  /** Of `more`: the class of the endless run that the text ends in, once it is long enough to be a token. */
  open: ByteClass | undefined = undefined;
  /** How many bytes were looked at, so that tests can count what they may not time. */
  steps = 0;
  #at = 0;

  constructor(bytes: Uint8Array, end: number, final: boolean) {
    this.bytes = bytes;
    this.end = end;
    this.final = final;
  }

  /** `from` has to be a place where the shape may begin: whoever calls looks at the byte before it. */
  match(shape: Shape, from: number): Verdict {
    this.#at = from;
    this.maskFrom = from;
    this.maskTo = 0;
    this.open = undefined;
    for (const part of shape.parts) {
      const verdict = this.#read(part);
      if (verdict !== 'match') return verdict;
    }
    if (this.maskTo === 0) this.maskTo = this.#at;
    return 'match';
  }

  #read(part: Part): Verdict {
    switch (part.kind) {
      case 'words':
        return this.#readWords(part.words, part.fold);
      case 'run':
        return this.#readRun(part);
      case 'runBefore':
        return this.#readRunBefore(part);
      case 'not':
        return part.words.some((word) => this.#here(word, false) === 'match') ? 'no' : 'match';
      case 'boundary':
        return this.#readBoundary(part.of);
      case 'maskFrom':
        this.maskFrom = this.#at;
        return 'match';
      case 'maskTo':
        this.maskTo = this.#at;
        return 'match';
      default:
        return part satisfies never;
    }
  }

  #readWords(words: readonly Uint8Array[], fold: boolean): Verdict {
    for (const word of words) {
      const verdict = this.#here(word, fold);
      if (verdict === 'match') this.#at += word.length;
      if (verdict !== 'no') return verdict;
    }
    return 'no';
  }

  #here(word: Uint8Array, fold: boolean): Verdict {
    const { bytes, end } = this;
    for (let i = 0; i < word.length; i += 1) {
      const at = this.#at + i;
      if (at >= end) return this.final ? 'no' : 'more';
      this.steps += 1;
      const byte = bytes[at] as number;
      if ((fold ? LOWER[byte] : byte) !== word[i]) return 'no';
    }
    return 'match';
  }

  #readRun({ of, min, max, needs }: Part & { readonly kind: 'run' }): Verdict {
    const start = this.#at;
    const stop = this.#runEnd(of, max);
    const needed = !needs || this.#has(needs, start, Math.min(stop, start + NEED_WITHIN));
    this.#at = stop;
    const goesOn = stop === this.end && !this.final && stop - start < max;
    if (!goesOn) return needed && stop - start >= min ? 'match' : 'no';
    if (!needed && stop - start >= NEED_WITHIN) return 'no';
    if (needed && stop - start >= min && max === ENDLESS) this.open = of;
    return 'more';
  }

  #readRunBefore({ of, before, min, max }: Part & { readonly kind: 'runBefore' }): Verdict {
    const start = this.#at;
    const stop = this.#runEnd(of, max);
    if (stop === this.end && !this.final && stop - start < max) return 'more';
    const last = this.bytes.subarray(start, stop).lastIndexOf(before);
    this.#at = start + last;
    return last >= min ? 'match' : 'no';
  }

  #readBoundary(of: ByteClass): Verdict {
    if (this.#at >= this.end) return this.final ? 'match' : 'more';
    return of[this.bytes[this.#at] as number] === 1 ? 'no' : 'match';
  }

  #runEnd(of: ByteClass, max: number): number {
    const { bytes } = this;
    const limit = Math.min(this.end, this.#at + max);
    let at = this.#at;
    while (at < limit && of[bytes[at] as number] === 1) at += 1;
    this.steps += at - this.#at + 1;
    return at;
  }

  #has(needs: ByteClass, start: number, stop: number): boolean {
    for (let at = start; at < stop; at += 1) {
      this.steps += 1;
      if (needs[this.bytes[at] as number] === 1) return true;
    }
    return false;
  }
}
