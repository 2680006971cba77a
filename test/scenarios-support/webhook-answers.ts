/**
 * Owns: what a receiver of webhooks may do with a request, from an answer to everything that is none.
 * Used by: webhook-receiver.ts and whoever scripts one. Raw answers go below HTTP but through TLS.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';

export interface Exchange {
  readonly response: ServerResponse;
  /** inside TLS */
  readonly secure: Duplex;
  /** below TLS: what can be reset */
  readonly wire: Socket;
}

/** What is done with one request, which was read to its end. */
export type Answering = (exchange: Exchange) => void;

type Headers = Readonly<Record<string, string>>;

const DRIP_MS = 20;

export const status =
  (code: number, headers: Headers = {}, body = ''): Answering =>
  ({ response }) =>
    void response.writeHead(code, headers).end(body);

export const retryAfter = (code: number, wish: string): Answering => status(code, { 'retry-after': wish });

export const redirect = (location: string, code = 307): Answering => status(code, { location }, 'moved');

export const gzip = (bytes: number): Answering => {
  const packed = gzipSync(Buffer.alloc(bytes));
  return ({ response }) =>
    void response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
};

/** No byte, for as long as the other side waits. */
export const stall: Answering = () => undefined;

/** The connection is cut, with RST. */
export const reset: Answering = ({ wire }) => void wire.resetAndDestroy();

/** Nothing more is sent; the other side may go on. */
export const halfClose: Answering = ({ secure }) => void secure.end();

/** These bytes, then `after`. */
export const raw =
  (bytes: string | Buffer, after: Answering = stall): Answering =>
  (exchange) => {
    exchange.secure.write(bytes, () => after(exchange));
  };

/** These bytes over and over, until the other side has had enough. */
export const flood =
  (bytes: string, first = ''): Answering =>
  ({ secure }) => {
    const chunk = bytes.repeat(Math.max(1, Math.ceil(16_384 / bytes.length)));
    const more = () => {
      for (;;) {
        if (secure.destroyed) return;
        if (!secure.write(chunk)) return void secure.once('drain', more);
      }
    };
    secure.write(first);
    more();
  };

/** Byte by byte, and from the start again: a head that never ends. */
export const drip =
  (bytes: string): Answering =>
  ({ secure }) => {
    let at = 0;
    const timer = setInterval(() => {
      secure.write(bytes[at % bytes.length] ?? '');
      at += 1;
    }, DRIP_MS);
    secure.once('close', () => clearInterval(timer));
  };
