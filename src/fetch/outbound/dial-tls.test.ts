import type { LookupAddress } from 'node:dns';
import tls from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OutboundConnector } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { ask, authority, HOST, httpsServer, PUBLIC, playInternet } from './outbound-fixture.ts';
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

afterEach(() => vi.unstubAllEnvs());

describe('the certificate', () => {
  it.each<[string, object, object]>([
    ['of another authority', { ca: 'foreign' }, {}],
    ['that the caller does not want verified', { ca: 'foreign' }, { rejectUnauthorized: false }],
    [
      'that the caller wants checked by nobody',
      { ca: 'foreign' },
      { rejectUnauthorized: false, checkServerIdentity: () => undefined },
    ],
  ])('FAULTS 47: one %s is refused', async (_case, server, options) => {
    const { port } = await httpsServer((_request, response) => response.end(), [HOST], server);
    playInternet(port);
    await expect(codeOf(ask(agentFor(to(PUBLIC)), `https://${HOST}/`, options))).resolves.toMatch(
      /SELF_SIGNED|UNABLE_TO/,
    );
  });

  it.each<[string, object]>([
    ['', {}],
    [', though the caller names it', { servername: 'evil.example.com' }],
    [', though the Host header names it', { headers: { host: 'evil.example.com' } }],
  ])('FAULTS 47: one of another host is refused%s', async (_case, options) => {
    const { port } = await httpsServer((_request, response) => response.end(), ['evil.example.com']);
    playInternet(port);
    await expect(codeOf(ask(agentFor(to(PUBLIC)), `https://${HOST}/`, options))).resolves.toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('is refused over TLS 1.1', async () => {
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const { port } = await httpsServer((_request, response) => response.end(), [HOST], {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers,
    });
    playInternet(port);
    await expect(
      codeOf(ask(agentFor(to(PUBLIC)), `https://${HOST}/`, { minVersion: 'TLSv1' })),
    ).resolves.toMatch(/PROTOCOL|EPROTO|ALERT/);
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED changes nothing', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { port } = await httpsServer((_request, response) => response.end(), [HOST], { ca: 'foreign' });
    playInternet(port);
    await expect(codeOf(ask(agentFor(to(PUBLIC)), `https://${HOST}/`))).resolves.toMatch(
      /SELF_SIGNED|UNABLE_TO/,
    );
  });

  it('without a bundle it has to be of a public authority', async () => {
    const { port } = await httpsServer((_request, response) => response.end());
    playInternet(port);
    const agent = new OutboundConnector({ resolve: to(PUBLIC) }).agents({ hosts: [HOST] }).https;
    await expect(codeOf(ask(agent, `https://${HOST}/`))).resolves.toMatch(/SELF_SIGNED|UNABLE_TO/);
  });

  it('TLS 1.2 is the least, whatever the process was started with', () => {
    const made = vi.spyOn(tls, 'createSecureContext');
    onTestFinished(() => made.mockRestore());
    new OutboundConnector().agents({ hosts: [HOST] });
    expect(made.mock.calls.map(([options]) => options?.minVersion)).toEqual(['TLSv1.2']);
    expect(made.mock.calls.map(([options]) => options?.ca?.length)).toEqual([tls.rootCertificates.length]);
  });
});
