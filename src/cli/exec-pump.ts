/** Owns: carrying bytes through a masker, never faster than they are taken. Used by: exec-run.ts, mask-verb.ts. */
import type { Readable, Writable } from 'node:stream';

/** A stream of bytes without its secrets. */
export interface ByteFilter {
  write(chunk: Uint8Array): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

/** One after the other. */
export class FilterChain implements ByteFilter {
  readonly #first: ByteFilter;
  readonly #second: ByteFilter;

  constructor(first: ByteFilter, second: ByteFilter) {
    this.#first = first;
    this.#second = second;
  }

  write(chunk: Uint8Array): readonly Uint8Array[] {
    return this.#first.write(chunk).flatMap((piece) => this.#second.write(piece));
  }

  end(): readonly Uint8Array[] {
    const rest = this.#first.end().flatMap((piece) => this.#second.write(piece));
    return [...rest, ...this.#second.end()];
  }
}

const TICK_MS = 50;
/** More than any pipe holds: who writes more after its parent has ended is somebody else. */
const REST_BYTES = 4 * 1_048_576;

export class Pump {
  readonly #from: Readable;
  readonly #to: Writable;
  readonly #filter: ByteFilter;
  readonly #finished = Promise.withResolvers<Error | undefined>();
  #isOver = false;
  #leftBytes = Number.POSITIVE_INFINITY;

  /** Begins at once. */
  constructor(from: Readable, to: Writable, filter: ByteFilter) {
    this.#from = from;
    this.#to = to;
    this.#filter = filter;
    // stays: without it an error of a reader that left would end this process
    to.on('error', this.#onRefused);
    from.on('data', this.#onData).on('error', this.#onBroken);
    for (const event of ['end', 'close']) from.on(event, () => this.#finish());
  }

  /** When all is written, or whoever reads has left; with what else kept it from being read or written. */
  get done(): Promise<Error | undefined> {
    return this.#finished.promise;
  }

  /** Ends by itself after so long, not counting the time that the reader needs, or after more than a pipe holds. */
  async endWithin(ms: number): Promise<Error | undefined> {
    let leftMs = ms;
    this.#leftBytes = REST_BYTES;
    const clock = setInterval(() => {
      if (!this.#from.isPaused()) leftMs -= TICK_MS;
      if (leftMs <= 0) this.#finish();
    }, TICK_MS);
    const error = await this.done;
    clearInterval(clock);
    return error;
  }

  readonly #onData = (chunk: Uint8Array) => {
    if (this.#isOver) return;
    this.#leftBytes -= chunk.length;
    this.#put(this.#filter.write(chunk));
    if (this.#leftBytes < 0) this.#finish();
  };

  #put(pieces: readonly Uint8Array[]): void {
    const [first, second] = pieces;
    if (first === undefined) return;
    // one write for what was read at once: a log full of secrets comes in thousands of pieces
    const isTaken = this.#to.write(second === undefined ? first : Buffer.concat(pieces));
    if (isTaken || this.#from.isPaused()) return;
    this.#from.pause();
    this.#to.once('drain', this.#resume);
  }

  readonly #resume = () => void this.#from.resume();

  #finish(problem?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#from.destroy();
    const rest = this.#filter.end();
    if (rest.length === 0) return void this.#finished.resolve(problem);
    this.#to.write(Buffer.concat(rest), (refused) => {
      if (refused) this.#onRefused(refused);
      else this.#finished.resolve(problem);
    });
  }

  readonly #onBroken = (error: Error) => {
    this.#finish(new Error(`what is to be masked cannot be read: ${error.message}; it is not complete`));
  };

  /** Closing our end is what tells the command: its next write gets SIGPIPE, as in any pipeline. */
  readonly #onRefused = (error: Error & { readonly code?: string }) => {
    this.#isOver = true;
    this.#from.destroy();
    // EIO: the terminal is gone
    const hasLeft = error.code === 'EPIPE' || error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED';
    this.#finished.resolve(
      hasLeft ? undefined : new Error(`the output cannot be written: ${error.message}; it is not complete`),
    );
  };
}
