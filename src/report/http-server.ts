import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Admission } from './scrape-access.ts';

/** What answers a path: a status, a body, and its type. */
export type Answer = { readonly status: number; readonly body: string; readonly type?: string };
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** For whom, where not for everybody who reaches it. */
export interface Guard {
  readonly certificate: Certificate;
  /** Given the header Authorization. Never rejects. */
  readonly admit: (authorization: string | undefined) => Promise<Admission>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The flag that it comes from. */
  readonly option?: string;
}

export interface Listening {
  readonly port: number;
  /** Of a guarded server: what it shows from the next connection on. Throws for what is no certificate and its key. */
  readonly renew: (certificate: Certificate) => void;
  close(): Promise<void>;
}

// a few scrapers and probes; what hangs or dawdles is cut off after seconds, and holds no more than this many places
const MAX_CONNECTIONS = 128;
const DAWDLE_MS = 5_000;
const LIMITS = { connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 };

/** Serves a few GET paths. A handler that throws answers 500 without saying why; the caller logs it. */
export async function serve(
  address: Address,
  routes: Routes,
  onError: (error: unknown) => void,
  guard?: Guard,
): Promise<Listening> {
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response, routes, onError, guard);
  const secure = guard && createSecureServer({ ...LIMITS, ...guard.certificate, ...HANDSHAKE }, listener);
  const server = secure ?? createServer(LIMITS, listener);
  server.headersTimeout = DAWDLE_MS;
  server.requestTimeout = DAWDLE_MS;
  // a client that does not read its answer
  server.timeout = 2 * DAWDLE_MS;
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, address);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    port,
    renew: (certificate) => secure?.setSecureContext({ ...certificate }),
    close: () => closed(server),
  };
}

const HANDSHAKE = { handshakeTimeout: DAWDLE_MS };

// nothing is said of why
const REFUSALS: Readonly<Record<Exclude<Admission, 'admitted'>, number>> = {
  unknown: 401,
  refused: 403,
  undecided: 503,
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
  onError: (error: unknown) => void,
  guard: Guard | undefined,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const handler = request.method === 'GET' && Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!handler) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    return;
  }
  try {
    const admission = guard ? await guard.admit(request.headers.authorization) : 'admitted';
    if (admission !== 'admitted') return refuse(response, REFUSALS[admission]);
    const { status, body, type = 'text/plain' } = await handler();
    response.writeHead(status, { 'content-type': type }).end(body);
  } catch (error) {
    onError(error);
    response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error\n');
  }
}

function refuse(response: ServerResponse, status: number): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  response.writeHead(status, { 'content-type': 'text/plain', ...challenge }).end();
}

function listening(server: Server | SecureServer, address: Address): Promise<void> {
  return new Promise((resolve, fail) => {
    const reject = (error: Error) => fail(takenError(error, address));
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function takenError(error: Error, { host, port, option }: Address): Error {
  if (option === undefined || !('code' in error) || error.code !== 'EADDRINUSE') return error;
  return new Error(
    `port ${port} of ${host} is taken: another program, perhaps another operator, listens there; choose another one with ${option} HOST:PORT`,
    { cause: error },
  );
}

function closed(server: Server | SecureServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
