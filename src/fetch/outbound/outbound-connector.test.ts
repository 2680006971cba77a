import type { LookupAddress } from 'node:dns';
import { describe, expect, it, vi } from 'vitest';
import { OutboundConnector, OutboundOptionError } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { ask, authority, HOST, httpsServer, PUBLIC, playInternet } from './outbound-fixture.ts';
import type { Resolve } from './resolve-host.ts';

const LOOPBACK = { address: '127.0.0.1', family: 4 };
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

describe('a connection to a cloud', () => {
  it('goes to an address that was checked, under the name that was asked for', async () => {
    const { port, server } = await httpsServer((_request, response) => response.end('hello'));
    let sni: string | false | null = false;
    server.on('secureConnection', (socket) => {
      sni = socket.servername;
    });
    const dialled = playInternet(port);
    const resolve = vi.fn(to(PUBLIC, { address: '2600:1f18::1', family: 6 }));
    await expect(ask(agentFor(resolve), `https://${HOST}/`)).resolves.toMatchObject({
      status: 200,
      body: 'hello',
    });
    expect(dialled).toHaveLength(1);
    expect(dialled[0]?.addresses).toEqual([PUBLIC.address, '2600:1f18::1']);
    expect(dialled[0]?.options).toMatchObject({ host: HOST, port: 443, rejectUnauthorized: true });
    expect(sni).toBe(HOST);
    // absolute, so that no search list makes it a name of this cluster
    expect(resolve.mock.calls).toEqual([[`${HOST}.`]]);
  });

  it.each<[string, LookupAddress[]]>([
    ['loopback', [LOOPBACK]],
    ['metadata', [{ address: '169.254.169.254', family: 4 }]],
    ['metadata in other dress', [{ address: '::ffff:169.254.169.254', family: 6 }]],
    ['one of the cluster among others', [PUBLIC, PUBLIC, { address: '10.96.0.1', family: 4 }]],
    ['a text that is no address', [{ address: '127.1', family: 4 }]],
  ])('THREATS 4: a name that resolves to %s is refused', async (_case, addresses) => {
    const asked = vi.fn();
    const { port } = await httpsServer(asked);
    const dialled = playInternet(port);
    await expect(codeOf(ask(agentFor(to(...addresses)), `https://${HOST}/`))).resolves.toBe('AddressRefused');
    expect(dialled.flatMap((one) => one.addresses)).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
  });

  it('THREATS 4: loopback is refused for real, with nothing between', async () => {
    const asked = vi.fn();
    await httpsServer(asked);
    await expect(codeOf(ask(agentFor(to(LOOPBACK)), `https://${HOST}/`))).resolves.toBe('AddressRefused');
    expect(asked).not.toHaveBeenCalled();
  });

  it('FAULTS 47: a name that changes its mind is asked once for each connection and never between check and use', async () => {
    const { port } = await httpsServer((_request, response) =>
      response.setHeader('connection', 'close').end(),
    );
    const dialled = playInternet(port);
    const answers = [[PUBLIC], [LOOPBACK]];
    const agent = agentFor(async () => answers.shift() ?? [LOOPBACK]);
    await expect(codeOf(ask(agent, `https://${HOST}/`))).resolves.toBe('answered');
    expect(answers).toHaveLength(1);
    await expect(codeOf(ask(agent, `https://${HOST}/`))).resolves.toBe('AddressRefused');
    expect(dialled.flatMap((one) => one.addresses)).toEqual([PUBLIC.address]);
  });

  it.each<[string, Resolve]>([
    ['resolves to nothing', to()],
    ['does not resolve', () => Promise.reject(new Error('getaddrinfo ENOTFOUND internal.host'))],
  ])('a name that %s is told so', async (_case, resolve) => {
    await expect(codeOf(ask(agentFor(resolve), `https://${HOST}/`))).resolves.toBe('NotResolved');
  });

  it('FAULTS 46: the ranges that the admin gives are refused too', async () => {
    const connector = new OutboundConnector({ resolve: to(PUBLIC), refusedRanges: ['52.94.0.0/16'] });
    await expect(codeOf(ask(connector.agents({ hosts: [HOST] }).https, `https://${HOST}/`))).resolves.toBe(
      'AddressRefused',
    );
    await expect(connector.checkedAddresses(HOST)).resolves.toEqual({
      kind: 'refused',
      code: 'AddressRefused',
    });
  });

  it('THREATS 25: an error says nothing of what a name resolves to', async () => {
    const error: unknown = await ask(
      agentFor(to({ address: '10.1.2.3', family: 4 })),
      `https://${HOST}/`,
    ).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: 'OutboundError',
      code: 'AddressRefused',
      message: 'outbound connection: AddressRefused',
    });
    expect(
      JSON.stringify(
        error,
        Object.getOwnPropertyNames(error).filter((name) => name !== 'stack'),
      ),
    ).not.toMatch(/10\.1|amazonaws/);
  });
});

describe('a client', () => {
  it('keeps its connections, has no more than it may, and closes nobody else’s', async () => {
    const { port, server } = await httpsServer((_request, response) => setTimeout(() => response.end(), 20));
    const opened = vi.fn();
    server.on('secureConnection', opened);
    playInternet(port);
    const connector = new OutboundConnector({ resolve: to(PUBLIC) });
    const client = () =>
      connector.agents({ hosts: [HOST], caBundle: authority.certificate, maxSockets: 3 }).https;
    const [mine, other] = [client(), client()];
    await Promise.all(Array.from({ length: 12 }, () => ask(mine, `https://${HOST}/`)));
    expect(opened).toHaveBeenCalledTimes(3);
    const pending = ask(other, `https://${HOST}/`);
    mine.destroy();
    await expect(pending).resolves.toMatchObject({ status: 200 });
  });

  it('gives gRPC the same answer', async () => {
    const connector = new OutboundConnector({ resolve: to(PUBLIC) });
    await expect(connector.checkedAddresses(HOST)).resolves.toEqual({ kind: 'checked', addresses: [PUBLIC] });
    const many = new OutboundConnector({ resolve: to(...Array.from({ length: 99 }, () => PUBLIC)) });
    await expect(many.checkedAddresses(HOST)).resolves.toMatchObject({ addresses: { length: 4 } });
  });

  it('THREATS 4: gRPC reaches a test endpoint on its port and no other', async () => {
    const allow = { endpoints: ['http://127.0.0.1:9000', 'https://[::1]:9001'] };
    const connector = new OutboundConnector({ resolve: to(LOOPBACK), allow });
    const addressesOf = async (host: string, port?: number) => connector.checkedAddresses(host, port);
    await expect(addressesOf('127.0.0.1', 9000)).resolves.toEqual({ kind: 'checked', addresses: [LOOPBACK] });
    await expect(addressesOf('::1', 9001)).resolves.toEqual({
      kind: 'checked',
      addresses: [{ address: '::1', family: 6 }],
    });
    for (const [host, port] of [
      ['127.0.0.1', 9001],
      ['127.0.0.1', undefined],
      [HOST, 8443],
      [HOST, 80],
    ] as const)
      await expect(addressesOf(host, port)).resolves.toEqual({ kind: 'refused', code: 'HostRefused' });
    await expect(addressesOf(HOST)).resolves.toEqual({ kind: 'refused', code: 'AddressRefused' });
  });

  it('one that does not get ready is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const code = codeOf(
      ask(
        agentFor(() => new Promise(() => undefined)),
        `https://${HOST}/`,
      ),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await expect(code).resolves.toBe('ConnectTimeout');
  });
});

describe('options that cannot be obeyed', () => {
  it.each<[string, ConstructorParameters<typeof OutboundConnector>[0]]>([
    ['a range', { refusedRanges: ['10.0.0.0/8', 'cluster'] }],
    ['a proxy with a password', { proxy: 'http://user:hunter2@proxy:3128' }],
    ['a proxy of another kind', { proxy: 'socks5://proxy:1080' }],
    ['a test endpoint off loopback', { allow: { endpoints: ['http://169.254.169.254'] } }],
    ['a test endpoint with a path', { allow: { endpoints: ['http://127.0.0.1:80/x'] } }],
    [
      'a test endpoint that only looks like loopback',
      { allow: { endpoints: ['http://127.0.0.1.evil.example:80'] } },
    ],
    ['a test endpoint in other dress', { allow: { endpoints: ['http://[::ffff:169.254.169.254]'] } }],
  ])('%s stops the operator at its start', (_case, options) => {
    expect(() => new OutboundConnector(options)).toThrow(OutboundOptionError);
    expect(() => new OutboundConnector(options)).not.toThrow(/hunter2/);
  });

  it('a CA bundle that is none stops the client', () => {
    const agents = () =>
      new OutboundConnector().agents({
        hosts: [HOST],
        caBundle: '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----',
      });
    expect(agents).toThrow(new OutboundOptionError('the CA bundle is not a list of PEM certificates'));
  });
});
