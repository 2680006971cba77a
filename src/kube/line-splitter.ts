/**
 * Cuts a byte stream into lines. Called by the watch decoder.
 * Bytes are joined before they are decoded, so a character split between two chunks survives.
 */

const NEWLINE = 0x0a;

export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

export class LineSplitter {
  readonly #limit: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** `limit` bounds what is held back, bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that this chunk completes, without their line ends; empty lines are left out. */
  *push(chunk: Uint8Array): Generator<string> {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const line = this.#take(chunk.subarray(from, to));
      from = to + 1;
      if (line !== '') yield line;
    }
    this.#hold(chunk.subarray(from));
  }

  /** Whether the stream would end inside a line if it ended now. */
  get midLine(): boolean {
    return this.#pendingBytes > 0;
  }

  #take(end: Uint8Array): string {
    this.#hold(end);
    const line = Buffer.concat(this.#pending, this.#pendingBytes).toString('utf8').trim();
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#limit) throw new LineTooLong(`a line of more than ${this.#limit} bytes`);
    this.#pending.push(bytes);
  }
}
