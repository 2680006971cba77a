import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { OutboundConnector } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { ask, authority, HOST, httpServer, PUBLIC } from './outbound-fixture.ts';
import { destinationOf } from './reachable.ts';
import type { Resolve } from './resolve-host.ts';

const to =
  (...addresses: LookupAddress[]): Resolve =>
  async () =>
    addresses;
const agentFor = (resolve: Resolve, caBundle: string | undefined = authority.certificate, hosts = [HOST]) =>
  new OutboundConnector({ resolve }).agents({ hosts, ...(caBundle !== undefined && { caBundle }) }).https;
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error: unknown) =>
      outboundCode(error) ?? (error instanceof Error && 'code' in error ? error.code : error),
  );

describe('hosts and ports', () => {
  const HOSTS = [
    HOST,
    '52.94.233.1',
    '2130706433',
    '127.1',
    '0x7f.1',
    'localhost',
    '::1',
    '2600:1f18::1',
    'kubernetes.default.svc.',
  ];

  it.each([
    ['a host that the client was not made for', 'https://sts.amazonaws.com/'],
    ['another port', `https://${HOST}:8443/`],
    ['an address', 'https://52.94.233.1/'],
    ['an address in brackets', 'https://[2600:1f18::1]/'],
    ['a number', 'https://2130706433/'],
    ['a dot at the end', `https://${HOST}./`],
    ['a single label', 'https://localhost/'],
  ])('THREATS 4: %s is refused and not even resolved', async (_case, url) => {
    const resolve = vi.fn(to(PUBLIC));
    await expect(codeOf(ask(agentFor(resolve, undefined, HOSTS), url))).resolves.toBe('HostRefused');
    expect(resolve).not.toHaveBeenCalled();
  });

  it.each(['2130706433', '127.1', '0x7f.1', 'kubernetes.default.svc.', '::1', '1.2.3.4', 'a_b.example.com'])(
    'THREATS 4: %s is no host, even where no URL has read it',
    async (host) => {
      const agent = agentFor(to(PUBLIC), undefined, [host]);
      await expect(codeOf(ask(agent, `https://${HOST}/`, { host, hostname: host }))).resolves.toBe(
        'HostRefused',
      );
      await expect(new OutboundConnector({ resolve: to(PUBLIC) }).checkedAddresses(host)).resolves.toEqual({
        kind: 'refused',
        code: 'HostRefused',
      });
    },
  );

  it('plain HTTP and sockets of this machine are refused', async () => {
    const { port } = await httpServer((_request, response) => response.end());
    const { http, https } = new OutboundConnector({ resolve: to(PUBLIC) }).agents({
      hosts: [HOST, '127.0.0.1'],
    });
    await expect(codeOf(ask(http, `http://${HOST}/`))).resolves.toBe('HostRefused');
    await expect(codeOf(ask(http, `http://127.0.0.1:${port}/`))).resolves.toBe('HostRefused');
    await expect(codeOf(ask(https, `https://${HOST}/`, { socketPath: '/run/docker.sock' }))).resolves.toBe(
      'HostRefused',
    );
  });

  it('FAULTS 46: no text reaches anything but the hosts of the client', async () => {
    const connector = new OutboundConnector({ resolve: to(PUBLIC) });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.domain()), async (host) => {
        const { https } = connector.agents({ hosts: [HOST], caBundle: authority.certificate });
        expect(https.createConnection.length).toBe(2);
        const code = await new Promise((resolve) =>
          https.createConnection({ host }, (error) => resolve(outboundCode(error))),
        );
        expect(code).toBe('HostRefused');
      }),
    );
  });

  it('the port of HTTPS does not make HTTP a way to a cloud', () => {
    const reachable = { hosts: new Set([HOST]), testEndpoints: new Set<string>() };
    expect(destinationOf({ protocol: 'http:', host: HOST, port: 443 }, reachable)).toEqual({
      kind: 'refused',
    });
    expect(destinationOf({ protocol: 'https:', host: HOST.toUpperCase(), port: 443 }, reachable)).toEqual({
      kind: 'cloud',
      host: HOST,
    });
  });
});
