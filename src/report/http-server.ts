import { createServer, type Server, type ServerResponse } from 'node:http';

/** What answers a path: a status, a body, and its type. */
export type Answer = { readonly status: number; readonly body: string; readonly type?: string };
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves a few GET paths. A handler that throws answers 500 without saying why; the caller logs it. */
export async function serve(
  address: { readonly host: string; readonly port: number },
  routes: Routes,
  onError: (error: unknown) => void,
): Promise<Listening> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    void answer(routes, request.method ?? '', path, response, onError);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  await listening(server, address);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return { port, close: () => closed(server) };
}

async function answer(
  routes: Routes,
  method: string,
  path: string,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  const handler = method === 'GET' && Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!handler) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    return;
  }
  try {
    const { status, body, type = 'text/plain' } = await handler();
    response.writeHead(status, { 'content-type': type }).end(body);
  } catch (error) {
    onError(error);
    response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error\n');
  }
}

function listening(server: Server, address: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
