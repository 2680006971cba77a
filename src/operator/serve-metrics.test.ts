import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, ConfigError, configFrom } from '../config.ts';
import { openClient } from '../kube/open-client.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { ScriptedServer } from '../kube/testing/scripted-server.ts';
import { createLogger } from '../report/logger.ts';
import { createMetrics } from '../report/metrics.ts';
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
