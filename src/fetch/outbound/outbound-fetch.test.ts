import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutboundConnector } from './outbound-connector.ts';
import { authority, httpServer } from './outbound-fixture.ts';

const local = (port: number, protocol = 'http') => {
  const endpoints = [`${protocol}://127.0.0.1:${port}`];
  const allow = { endpoints, ...(protocol === 'https' && { ca: authority.certificate }) };
  return new OutboundConnector({ allow }).agents({ hosts: ['127.0.0.1'] });
};

describe('fetch', () => {
  it('carries method, headers, body and signal', async () => {
    const { port } = await httpServer((request, response) => {
      const { method, headers } = request;
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      request.setEncoding('utf8').once('data', (body: string) => {
        response.end(JSON.stringify([method, headers['x-one'], headers['content-length'], body]));
      });
    });
    const { fetch } = local(port);
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-one': '1' },
      body: 'hi',
    });
    await expect(answer.json()).resolves.toEqual(['POST', '1', '2', 'hi']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    await expect(
      fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort(new Error('over')) }),
    ).rejects.toThrow();
  });

  it('a status without a body has none, and what is no HTTP is an error', async () => {
    const { port } = await httpServer((_request, response) => response.writeHead(204).end());
    await expect(local(port).fetch(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({
      status: 204,
      body: null,
    });
    const server = createServer((socket) => socket.end('HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const odd = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(local(odd).fetch(`http://127.0.0.1:${odd}/`)).rejects.toThrow();
  });
});
