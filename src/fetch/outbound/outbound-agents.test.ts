import { describe, expect, it, vi } from 'vitest';
import { OutboundConnector } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { ask, authority, HOST, httpServer, httpsServer, PUBLIC, playInternet } from './outbound-fixture.ts';

const local = (port: number, protocol = 'http') => {
  const endpoints = [`${protocol}://127.0.0.1:${port}`];
  const allow = { endpoints, ...(protocol === 'https' && { ca: authority.certificate }) };
  return new OutboundConnector({ allow }).agents({ hosts: ['127.0.0.1'] });
};
const codeOf = (asked: Promise<unknown>) => asked.then(() => 'answered', outboundCode);

describe('test endpoints', () => {
  it('are reached with the authority that is given, and only by a client that names them', async () => {
    const { port } = await httpsServer((_request, response) => response.end('local'), ['peer.local']);
    const url = `https://127.0.0.1:${port}/`;
    await expect(ask(local(port, 'https').https, url)).resolves.toMatchObject({ body: 'local' });
    const allow = { endpoints: [`https://127.0.0.1:${port}`], ca: authority.certificate };
    const tenant = new OutboundConnector({ allow }).agents({ hosts: [HOST] });
    await expect(codeOf(ask(tenant.https, url))).resolves.toBe('HostRefused');
    // the same port without TLS was not allowed, nor its neighbour
    await expect(codeOf(ask(local(port, 'https').http, `http://127.0.0.1:${port}/`))).resolves.toBe(
      'HostRefused',
    );
    await expect(codeOf(ask(local(port - 1, 'https').https, url))).resolves.toBe('HostRefused');
  });

  it('localhost is 127.0.0.1 and resolved by nobody', async () => {
    const { port } = await httpServer((_request, response) => response.end('local'));
    const resolve = vi.fn();
    const connector = new OutboundConnector({ allow: { endpoints: [`http://localhost:${port}`] }, resolve });
    await expect(
      ask(connector.agents({ hosts: ['localhost'] }).http, `http://localhost:${port}/`),
    ).resolves.toMatchObject({ body: 'local' });
    expect(resolve).not.toHaveBeenCalled();
  });

  it('their authority vouches for no cloud', async () => {
    const { port } = await httpsServer((_request, response) => response.end());
    playInternet(port);
    const allow = { endpoints: [`https://127.0.0.1:${port}`], ca: authority.certificate };
    const { https } = new OutboundConnector({ allow, resolve: async () => [PUBLIC] }).agents({
      hosts: [HOST],
    });
    await expect(ask(https, `https://${HOST}/`)).rejects.toThrow(/self-signed|unable to/);
  });
});
