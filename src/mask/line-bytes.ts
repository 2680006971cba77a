/** What a filter of lines needs of bytes: where lines end, what is held back, and what was passed on. */

const LF = 0x0a;
const CR = 0x0d;

/** Lines in a chunk. What is found is remembered, so that going through all lines reads the chunk once for each thing sought. */
export class LineSearch {
  readonly bytes: Uint8Array;
  readonly #buffer: Buffer;
  #lf = -1;
  #cr = -1;
  #bracket = -1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Where the line ends that `position` is in; the end of the bytes when it does not. */
  lineEnd(position: number): number {
    if (this.#lf < position) this.#lf = this.#orEnd(this.#buffer.indexOf(LF, position));
    if (this.#cr < position) this.#cr = this.#orEnd(this.#buffer.indexOf(CR, position));
    return Math.min(this.#lf, this.#cr);
  }

  afterLineEnd(end: number): number {
    return this.bytes[end] === CR && this.bytes[end + 1] === LF ? end + 2 : end + 1;
  }

  /** The next `##[`, or the end of the bytes. */
  bracket(position: number): number {
    if (this.#bracket < position) this.#bracket = this.#orEnd(this.#buffer.indexOf('##[', position));
    return this.#bracket;
  }

  /** How far there are whole lines without a sign of a command: most of most chunks. */
  plainLines(position: number): number {
    const end = this.#buffer.lastIndexOf(LF) + 1;
    const colons = this.#orEnd(this.#buffer.indexOf('::', position));
    return end > position && colons >= end && this.bracket(position) >= end ? end : position;
  }

  #orEnd(found: number): number {
    return found < 0 ? this.bytes.length : found;
  }
}

/** Copies, since whoever wrote the chunk may use its memory again. */
export class HeldBytes {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(new Uint8Array(bytes));
    this.#length += bytes.length;
  }

  /** What was held, and `bytes` after it. Nothing is held any more. */
  join(bytes: Uint8Array): Uint8Array {
    if (this.#length === 0) return bytes;
    const joined = new Uint8Array(this.#length + bytes.length);
    let position = 0;
    for (const chunk of [...this.#chunks, bytes]) {
      joined.set(chunk, position);
      position += chunk.length;
    }
    this.#chunks = [];
    this.#length = 0;
    return joined;
  }
}

/** Neighbours in memory are passed as one: a chunk without commands leaves as it came. */
export class PassedBytes {
  #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const last = this.#parts.at(-1);
    const adjacent = last?.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset;
    if (!last || !adjacent) this.#parts.push(bytes);
    else
      this.#parts[this.#parts.length - 1] = new Uint8Array(
        last.buffer,
        last.byteOffset,
        last.length + bytes.length,
      );
  }

  take(): Uint8Array[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}

/** What is no UTF-8 becomes U+FFFD, as in the runner. */
export function textOf(line: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(line);
}
