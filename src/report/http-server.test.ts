import { afterEach, describe, expect, it } from 'vitest';
import { type Listening, type Routes, serve } from './http-server.ts';

const servers: Listening[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function start(routes: Routes, errors: unknown[] = []) {
  const server = await serve({ host: '127.0.0.1', port: 0 }, routes, (error) => errors.push(error));
  servers.push(server);
  return async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    return {
      status: response.status,
      body: await response.text(),
      type: response.headers.get('content-type'),
    };
  };
}

const ok: Routes = { '/healthz': () => ({ status: 200, body: 'ok\n' }) };

it('a port that is taken is told with the flag that names another', async () => {
  const { port } = await serve({ host: '127.0.0.1', port: 0 }, {}, () => undefined).then((server) => {
    servers.push(server);
    return server;
  });
  const address = { host: '127.0.0.1', port, option: '--health-address' };
  await expect(serve(address, {}, () => undefined)).rejects.toThrow(
    /^port \d+ of 127\.0\.0\.1 is taken: .*choose another one with --health-address HOST:PORT$/,
  );
});

describe('a path that is served', () => {
  it('answers with its status, body and type', async () => {
    const get = await start({ ...ok, '/m': async () => ({ status: 503, body: '1', type: 'text/x' }) });
    expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n', type: 'text/plain' });
    expect(await get('/m')).toEqual({ status: 503, body: '1', type: 'text/x' });
  });

  it('may have a query', async () => {
    expect((await (await start(ok))('/healthz?verbose=1')).status).toBe(200);
  });

  it('that throws says nothing of why to the caller, and everything to us', async () => {
    const errors: unknown[] = [];
    const failing = async () => {
      throw new Error('canary');
    };
    const get = await start({ '/x': failing }, errors);
    expect(await get('/x')).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(errors).toEqual([new Error('canary')]);
  });
});

describe('what is not served is not found', () => {
  it.each([
    ['another path', '/other', 'GET'],
    ['a member that every object has', '/constructor', 'GET'],
    ['another method', '/healthz', 'POST'],
  ])('%s', async (_case, path, method) => {
    expect((await (await start(ok))(path, { method })).status).toBe(404);
  });
});

describe('the server', () => {
  it('says which port it got, and is gone when it is closed', async () => {
    const server = await serve({ host: '127.0.0.1', port: 0 }, ok, () => undefined);
    expect(server.port).toBeGreaterThan(0);
    await fetch(`http://127.0.0.1:${server.port}/healthz`);
    await server.close();
    await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow();
  });

  it('that cannot listen fails at the start', async () => {
    const server = await serve({ host: '127.0.0.1', port: 0 }, ok, () => undefined);
    servers.push(server);
    await expect(serve({ host: '127.0.0.1', port: server.port }, ok, () => undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
