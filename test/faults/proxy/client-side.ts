/**
 * Owns: one request and its answer on the client's side, the same for HTTP/1.1 and HTTP/2.
 * Called by: everything that answers. Must not: know rules or the API server.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { constants, Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ExchangeOver, unlessOver } from './release-gate.ts';
import { moment, type Trace } from './seen-request.ts';
import type { TcpConnection } from './tcp-connection.ts';

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Headers = Readonly<Record<string, string | string[]>>;

/** What a ServerResponse and an Http2ServerResponse have in common. */
export interface Outgoing {
  sendDate: boolean;
  writeHead(code: number, headers: Headers): unknown;
  /** HTTP/1.1 keeps the headers back for the first bytes otherwise */
  flushHeaders?(): void;
  write(bytes: Uint8Array, written: () => void): boolean;
  end(bytes?: Uint8Array): unknown;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'close' | 'finish', listener: () => void): unknown;
}

export interface WholeAnswer {
  readonly code: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** The client's connection: its two TCP halves, and the TLS server's end of it. */
export interface ClientConnection {
  readonly tcp: TcpConnection | undefined;
  readonly raw: Socket | undefined;
}

// a client that does not read must not keep its stream from being reset
const FLUSH_MS = 1_000;

export class ClientSide {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly #request: Incoming;
  readonly #response: Outgoing;
  readonly #connection: ClientConnection;
  readonly #gone = new AbortController();
  #trace: Trace | undefined;
  #flushed: Promise<void> = Promise.resolve();

  constructor(request: Incoming, response: Outgoing, connection: ClientConnection) {
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    this.headers = request.headers;
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    const gone = () => this.#gone.abort(new ExchangeOver('the client is gone'));
    response.once('close', gone);
    response.on('error', gone);
    request.on('error', gone);
  }

  /** Aborts when the client has gone, or has everything. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Throws ExchangeOver if the client goes meanwhile. */
  async body(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of this.#request) chunks.push(chunk as Buffer);
    } catch (cause) {
      throw new ExchangeOver('the client left within its request', { cause });
    }
    return Buffer.concat(chunks);
  }

  /** Where to note what the client is sent. */
  tellTo(trace: Trace): void {
    this.#trace = trace;
  }

  /** Resolves when every byte is on its way to the client. */
  async answer({ code, headers, body }: WholeAnswer): Promise<void> {
    const finished = this.#finished();
    this.#head(code, { ...headers, 'content-length': String(body.length) });
    this.#response.end(body);
    await finished;
    await this.#connection.tcp?.settled(this.#connection.raw?.bytesWritten ?? 0);
  }

  async answerHalf({ code, headers, body }: WholeAnswer): Promise<void> {
    this.#head(code, { ...headers, 'content-length': String(body.length) });
    await this.cutShort(body.subarray(0, body.length >> 1));
  }

  open(code: number, headers: Headers): void {
    this.#head(code, headers);
    this.#response.flushHeaders?.();
  }

  /** Waits while the client does not keep up. Throws ExchangeOver when it goes. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#gone.signal.aborted) throw new ExchangeOver('the client is gone');
    const drained = Promise.withResolvers<void>();
    this.#flushed = drained.promise;
    if (this.#response.write(bytes, () => drained.resolve())) return;
    await unlessOver(this.#gone.signal, drained.promise);
  }

  async end(): Promise<void> {
    const finished = this.#finished();
    this.#response.end();
    await finished;
  }

  /** After what was written so far: RST_STREAM, or a RST of the connection. */
  async reset(): Promise<void> {
    await this.#flush();
    this.#connection.tcp?.endByReset();
    this.#destroy();
  }

  /** The bytes, then RST_STREAM, or a FIN of the connection: a RST could overtake them. */
  async cutShort(bytes: Uint8Array): Promise<void> {
    await this.write(bytes);
    await this.#flush();
    this.#destroy();
  }

  #destroy(): void {
    if (!(this.#request instanceof Http2ServerRequest)) this.#request.socket.destroy();
    // any other code could be taken for an orderly end
    else if (!this.#request.stream.destroyed) this.#request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  async #flush(): Promise<void> {
    await Promise.race([this.#flushed, this.#aborted(), pause(FLUSH_MS, undefined, { ref: false })]);
  }

  #head(code: number, headers: Headers): void {
    if (this.#gone.signal.aborted) throw new ExchangeOver('the client is gone');
    // the API server's own date stays
    this.#response.sendDate = headers['date'] === undefined;
    this.#response.writeHead(code, headers);
    if (this.#trace) this.#trace.answered = moment(code);
  }

  async #finished(): Promise<void> {
    const finished = Promise.withResolvers<void>();
    this.#response.once('finish', finished.resolve);
    await Promise.race([finished.promise, this.#aborted()]);
  }

  #aborted(): Promise<void> {
    const { signal } = this.#gone;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
