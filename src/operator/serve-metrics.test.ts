import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, ConfigError, configFrom } from '../config.ts';
import { openClient } from '../kube/open-client.ts';
import { eventually } from '../kube/testing/eventually.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { ScriptedServer } from '../kube/testing/scripted-server.ts';
import type { Certificate } from '../report/http-server.ts';
import { createLogger } from '../report/logger.ts';
import { createMetrics } from '../report/metrics.ts';
import { selfSigned } from '../report/server-certificate.ts';
import { type ServerOptions, startServers } from './endpoints.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(ending.splice(0).map((end) => end())));

const FLAGS = {
  healthAddress: '127.0.0.1:0',
  leaderElect: true,
  workers: '1',
  orphanGrace: '24h',
  relistInterval: '1h',
  policySettle: '60s',
  groupVoteTtl: '24h',
  logLevel: 'error',
};

async function options(flags: { metricsAddress: string; metricsCertDir?: string; healthAddress?: string }) {
  const server = await ScriptedServer.start();
  const clock = new FakeClock();
  const { client: kube, close } = openClient({
    endpoint: server.endpoint(),
    clock,
    random: () => 0,
    userAgent: 'test',
  });
  ending.push(close, () => server.stop());
  const config: Config = configFrom({ ...FLAGS, ...flags }, {});
  const signal = new AbortController().signal;
  const made: ServerOptions = {
    config,
    kube,
    clock,
    log: createLogger('silent'),
    metrics: createMetrics(),
    signal,
  };
  return made;
}

async function metricsPort(metricsAddress: string): Promise<number> {
  const servers = await startServers(await options({ metricsAddress }), { operator: undefined });
  ending.push(...servers.map((server) => () => server.close()));
  return servers.at(-1)?.port ?? 0;
}

describe('the metrics', () => {
  it.each(['127.0.0.1:0', 'localhost:0', '127.8.8.8:0', '[::1]:0'])('on %s are open', async (address) => {
    const port = await metricsPort(address);
    const host = address.slice(0, -2);
    const { status } = await fetch(`http://${host}:${port}/metrics`);
    expect(status).toBe(200);
  });

  it.each(['0.0.0.0:0', ':0', '[::]:0'])('on %s are by HTTPS, and not for strangers', async (address) => {
    const port = await metricsPort(address);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });
});

describe('--metrics-cert-dir', () => {
  const write = async (folder: string, { cert, key }: Certificate) => {
    await writeFile(join(folder, 'tls.crt'), cert);
    await writeFile(join(folder, 'tls.key'), key);
  };

  it('shows the certificate in the folder, the one that takes its place, and looks no more when all is closed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'secretscope-metrics-'));
    ending.push(() => rm(folder, { recursive: true }));
    const [first, second] = await Promise.all([selfSigned('a', Date.now()), selfSigned('b', Date.now())]);
    await write(folder, first);
    const made = await options({ metricsAddress: '0.0.0.0:0', metricsCertDir: folder });
    const clock = made.clock as FakeClock;
    const servers = await startServers(made, { operator: undefined });
    const port = servers.at(-1)?.port ?? 0;
    expect(await shownBy(port)).toBe(printOf(first));
    await write(folder, second);
    await clock.advance(60_000);
    let shown = '';
    const look = async () => {
      shown = await shownBy(port);
    };
    await eventually(() => shown === printOf(second), look);
    // the next look is a minute away
    await eventually(() => clock.pendingTimers === 1);
    await Promise.all(servers.map((server) => server.close()));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('servers of which one cannot be had', () => {
  it('are both gone, so that the process ends', async () => {
    const port = await freePort();
    const starting = startServers(
      await options({
        healthAddress: `127.0.0.1:${port}`,
        metricsAddress: '0.0.0.0:0',
        metricsCertDir: '/nowhere',
      }),
      { operator: undefined },
    );
    await expect(starting).rejects.toThrow(ConfigError);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });
});

const printOf = ({ cert }: Certificate) => new X509Certificate(cert).fingerprint256;

const shownBy = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    }).on('error', reject);
  });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
