import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OutboundConnector } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { ask, authority, HOST, httpServer, httpsServer, PUBLIC, playInternet } from './outbound-fixture.ts';

const codeOf = (asked: Promise<unknown>) => asked.then(() => 'answered', outboundCode);

afterEach(() => vi.unstubAllEnvs());

describe('a proxy', () => {
  /** Opens tunnels to `port` whatever host is asked for, and remembers which. */
  const aProxy = async (port: number, status = 200) => {
    const asked: string[] = [];
    const { server, port: own } = await httpServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    server.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.write(`HTTP/1.1 ${status} x\r\n\r\n`);
      if (status !== 200) return socket.end();
      const onward = connect(port, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
      return socket.pipe(onward).pipe(socket);
    });
    return { url: `http://127.0.0.1:${own}`, asked };
  };

  it('THREATS 4: of the environment is not used', async () => {
    const { port } = await httpsServer((_request, response) => response.end('direct'));
    const proxy = await aProxy(port);
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])
      vi.stubEnv(name, proxy.url);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    playInternet(port);
    const { https, fetch } = new OutboundConnector({ resolve: async () => [PUBLIC] }).agents({
      hosts: [HOST],
      caBundle: authority.certificate,
    });
    await expect(ask(https, `https://${HOST}/`)).resolves.toMatchObject({ body: 'direct' });
    await expect((await fetch(`https://${HOST}/`)).text()).resolves.toBe('direct');
    expect(proxy.asked).toEqual([]);
  });

  it('THREATS 4: of the environment is not used by a process that was started with it, nor its authorities', async () => {
    const { port } = await httpsServer((_request, response) => response.end('direct'));
    const proxy = await aProxy(port);
    const folder = await mkdtemp(join(tmpdir(), 'secretscope-outbound-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'ca.pem'), authority.certificate);
    const script = `
      const [path, url, ca] = process.argv.slice(1);
      const { OutboundConnector } = await import(path);
      const asked = (more) => {
        const connector = new OutboundConnector({ allow: { endpoints: [url], ...more } });
        const { fetch } = connector.agents({ hosts: ['127.0.0.1'] });
        return fetch(url).then((answer) => answer.text(), ({ code }) => code);
      };
      const plain = await fetch(url).then(() => 'answered', ({ cause }) => cause?.code ?? 'proxy');
      console.log(JSON.stringify([await asked({ ca }), await asked({}), plain]));`;
    const file = new URL('./outbound-connector.ts', import.meta.url).href;
    const run = async (proxies: object) => {
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), ...proxies };
      const parts = [
        '--input-type=module',
        '-e',
        script,
        file,
        `https://127.0.0.1:${port}`,
        authority.certificate,
      ];
      return JSON.parse((await promisify(execFile)(process.execPath, parts, { env })).stdout) as unknown;
    };
    const unverified = expect.stringMatching(/SELF_SIGNED|UNABLE_TO/);
    // the last of the three is Node's own fetch: it shows that the environment is what it should be
    await expect(run({})).resolves.toEqual(['direct', unverified, 'answered']);
    const proxies = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: '', NODE_USE_ENV_PROXY: '1' };
    await expect(run(proxies)).resolves.toEqual(['direct', unverified, 'answered']);
    expect(proxy.asked).toEqual([`127.0.0.1:${port}`]);
  });

  it('that a flag names is asked for the host, and sees no more than TLS', async () => {
    const { port } = await httpsServer((_request, response) => response.end('through'));
    const proxy = await aProxy(port);
    const resolve = vi.fn();
    const { https } = new OutboundConnector({ proxy: proxy.url, resolve }).agents({
      hosts: [HOST],
      caBundle: authority.certificate,
    });
    await expect(ask(https, `https://${HOST}/`)).resolves.toMatchObject({ body: 'through' });
    await expect(codeOf(ask(https, 'https://169.254.169.254/'))).resolves.toBe('HostRefused');
    expect(proxy.asked).toEqual([`${HOST}:443`]);
    expect(resolve).not.toHaveBeenCalled();
  });

  it('that leads to somebody else is found out by the certificate', async () => {
    const { port } = await httpsServer((_request, response) => response.end(), ['evil.example.com']);
    const proxy = await aProxy(port);
    const { https } = new OutboundConnector({ proxy: proxy.url }).agents({
      hosts: [HOST],
      caBundle: authority.certificate,
    });
    await expect(ask(https, `https://${HOST}/`)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it.each([403, 407, 502])('that answers %i has failed', async (status) => {
    const proxy = await aProxy(1, status);
    const { https } = new OutboundConnector({ proxy: proxy.url }).agents({ hosts: [HOST] });
    await expect(codeOf(ask(https, `https://${HOST}/`))).resolves.toBe('ProxyFailed');
  });

  it('that says more than that the tunnel is open has failed', async () => {
    const { server, port } = await httpServer((_request, response) => response.end());
    server.on('connect', (_request, socket) => socket.write('HTTP/1.1 200 x\r\n\r\nHTTP/1.1 200 forged'));
    const { https } = new OutboundConnector({ proxy: `http://127.0.0.1:${port}` }).agents({ hosts: [HOST] });
    await expect(codeOf(ask(https, `https://${HOST}/`))).resolves.toBe('ProxyFailed');
  });

  it('that is not there has failed', async () => {
    const { https } = new OutboundConnector({ proxy: 'http://127.0.0.1:1' }).agents({ hosts: [HOST] });
    await expect(codeOf(ask(https, `https://${HOST}/`))).resolves.toBe('ProxyFailed');
  });
});
