/**
 * Owns: cutting a stream into lines, and waiting for the next one for a while.
 * Called by: exchange.ts, stale-answers.ts, watch-relay.ts. Must not: look into a line.
 */

const NEWLINE = 0x0a;

/** With their line ends; bytes after the last one come last, as they are. Reads on when a line is asked for. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, to + 1)]);
      parts = [];
      from = to + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

export class LineReader {
  readonly #lines: AsyncIterator<Buffer>;
  #asked: Promise<IteratorResult<Buffer>> | undefined;

  constructor(lines: AsyncIterable<Buffer>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    this.#asked ??= this.#lines.next();
    const { value, done } = await this.#asked;
    this.#asked = undefined;
    return done ? undefined : value;
  }

  /** Whether next() has its answer within that time. */
  async isSoon(ms: number): Promise<boolean> {
    this.#asked ??= this.#lines.next();
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), ms);
    try {
      return await Promise.race([this.#asked.then(() => true), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
