/**
 * Owns: one client's TCP connection, and its other half to the TLS server.
 * Called by: tcp-front.ts, client-side.ts. Must not: know what the bytes mean.
 */
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

// on loopback it takes a turn or two; longer means that the client does not read
const SETTLE_MS = 1_000;

export class TcpConnection {
  readonly #outer: Socket;
  readonly #inner: Socket;
  #silent = false;
  #endsByReset = false;

  constructor(outer: Socket, innerPort: number, onClose: () => void) {
    this.#outer = outer;
    this.#inner = connect({ port: innerPort, host: '127.0.0.1', noDelay: true }, () => this.#join());
    // what a socket reports as an error, its close tells as well
    outer.on('error', () => this.#inner.destroy());
    this.#inner.on('error', () => this.#innerEnded());
    this.#inner.on('end', () => this.#innerEnded());
    this.#inner.on('close', () => {
      this.#innerEnded();
      // nobody reads it any more, and yet the client's own end has to be noticed
      if (!this.#silent) outer.resume();
    });
    outer.on('close', () => {
      this.#inner.destroy();
      onClose();
    });
  }

  /** What the TLS server sees as the client's port. */
  get innerPort(): number | undefined {
    return this.#inner.localPort;
  }

  /** Both halves stay open, and no byte passes any more. */
  silence(): void {
    this.#silent = true;
    for (const [from, to] of [
      [this.#outer, this.#inner],
      [this.#inner, this.#outer],
    ] as const) {
      from.unpipe(to);
      from.pause();
    }
  }

  /** RST to the client. */
  cut(): void {
    this.#outer.resetAndDestroy();
    this.#inner.destroy();
  }

  /** When the TLS server ends the connection, the client gets a RST after what was sent, not a FIN. */
  endByReset(): void {
    this.#endsByReset = true;
  }

  /** Resolves when the client was sent all that the TLS server wrote so far. */
  async settled(written: number): Promise<void> {
    const limit = performance.now() + SETTLE_MS;
    const pending = () => this.#inner.bytesRead < written || this.#outer.writableLength > 0;
    while (!this.#silent && !this.#outer.destroyed && pending() && performance.now() < limit)
      await nextTurn();
  }

  #join(): void {
    if (this.#silent) return;
    this.#outer.pipe(this.#inner);
    this.#inner.pipe(this.#outer, { end: false });
  }

  #innerEnded(): void {
    if (this.#silent || this.#outer.destroyed) return;
    if (!this.#endsByReset) this.#outer.end();
    // what is in front of it has to leave first
    else if (!this.#outer.writableEnded) this.#outer.write('', () => this.#outer.resetAndDestroy());
  }
}
