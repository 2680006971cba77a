/**
 * Owns: a text that comes in pieces, without its secrets (M34). Used by: masker.ts. Pure.
 * What is held back is only the end that may still become a secret: at most as much as the longest form of one.
 */
import type { LiteralIndex } from './literal-index.ts';
import { MASK, merged, type Span } from './spans.ts';
import { scanTokens } from './token-scanner.ts';

export interface StreamSecrets {
  /** Those that are known now. */
  indexes(): readonly LiteralIndex[];
  readonly detects: boolean;
}

const NOTHING = new Uint8Array();
const MASK_BYTES = Buffer.from(MASK);

export class MaskStream {
  readonly #secrets: StreamSecrets;
  /** Text that is not decided yet. */
  #held: Uint8Array = NOTHING;
  /** What of it is secret, as far as it is known; what was before it may have told. */
  #known: readonly Span[] = [];
  /** What was printed last is a mask: it stands for whatever secret goes on where the held text begins. */
  #endsMasked = false;
  /** What the search for tokens has to know of the text before the held one; -1: there was none. */
  #before = -1;

  constructor(secrets: StreamSecrets) {
    this.#secrets = secrets;
  }

  /** How much of the text waits for what comes after it. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** What may be printed now, in pieces; they may be parts of `chunk` itself. */
  write(chunk: Uint8Array): readonly Uint8Array[] {
    if (chunk.length === 0) return [];
    const text = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return this.#printed(text, false);
  }

  /** The rest: there is no more text that could make a secret of it. */
  end(): readonly Uint8Array[] {
    return this.#printed(this.#held, true);
  }

  #printed(text: Uint8Array, isLast: boolean): readonly Uint8Array[] {
    const spans = [...this.#known];
    const open = this.#find(text, isLast, spans);
    const secret = merged(spans);
    const pieces = open === 0 ? [] : this.#pieces(text, open, secret);
    this.#known = secret.filter(({ end }) => end > open).map((span) => cutAt(span, open));
    // a copy, for the chunk is the caller's
    this.#held = open === text.length ? NOTHING : Buffer.from(text.subarray(open));
    return pieces;
  }

  /** Adds what is secret to `spans`; answers until where all is decided. */
  #find(text: Uint8Array, isLast: boolean, spans: Span[]): number {
    const end = text.length;
    let open = end;
    for (const index of this.#secrets.indexes()) open = Math.min(open, index.find(text, end, spans));
    if (this.#secrets.detects) {
      const tokens = scanTokens(text, end, this.#before, isLast);
      spans.push(...tokens.spans);
      open = isLast ? end : Math.min(open, tokens.undecided);
      this.#before = tokens.beforeAt(open);
    }
    return isLast ? end : open;
  }

  /** text[0, open), a mask in the place of each secret that begins there. */
  #pieces(text: Uint8Array, open: number, spans: readonly Span[]): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let done = 0;
    for (const { start, end } of spans) {
      if (start >= open) break;
      if (start > done) pieces.push(text.subarray(done, start));
      if (start > 0 || !this.#endsMasked) pieces.push(MASK_BYTES);
      done = Math.min(end, open);
    }
    this.#endsMasked = done === open;
    if (done < open) pieces.push(text.subarray(done, open));
    return pieces;
  }
}

function cutAt({ start, end }: Span, open: number): Span {
  return { start: Math.max(start - open, 0), end: end - open };
}
