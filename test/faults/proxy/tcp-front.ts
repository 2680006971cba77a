/**
 * Owns: the port that clients connect to, and their TCP connections, below TLS: a connection can go silent or be reset.
 * Called by: fault-proxy.ts. Must not: know what the bytes mean.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TcpConnection } from './tcp-connection.ts';

export class TcpFront {
  readonly #server: Server;
  readonly #connections = new Set<TcpConnection>();

  private constructor(innerPort: number) {
    // a silent connection must not answer a FIN by itself
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (outer) =>
      this.#accept(outer, innerPort),
    );
  }

  /** In front of a TLS server on loopback. */
  static async start(innerPort: number): Promise<TcpFront> {
    const front = new TcpFront(innerPort);
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connection that the TLS server knows by this remote port. */
  connection(innerPort: number | undefined): TcpConnection | undefined {
    return [...this.#connections].find((connection) => connection.innerPort === innerPort);
  }

  silence(): void {
    for (const connection of this.#connections) connection.silence();
  }

  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(outer: Socket, innerPort: number): void {
    const connection = new TcpConnection(outer, innerPort, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }
}
