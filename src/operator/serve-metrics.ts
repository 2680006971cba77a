/** The metrics server: open on loopback, and anywhere else by HTTPS for whoever may get /metrics. Used by: endpoints.ts. */
import { BlockList, isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config.ts';
import { type Certificate, type Listening, type Routes, serve } from '../report/http-server.ts';
import { observeProcess } from '../report/metrics.ts';
import { ScrapeAccess } from '../report/scrape-access.ts';
import { followCertificate, readCertificate, selfSigned } from '../report/server-certificate.ts';
import type { ServerOptions } from './endpoints.ts';

const PATH = '/metrics';
const CERTIFICATE_NAME = 'secretscope-metrics';

export async function serveMetrics(
  { config, kube, clock, log, metrics }: ServerOptions,
  onError: (error: unknown) => void,
): Promise<Listening> {
  const { metricsCertDir: folder } = config;
  const address = { ...config.metricsAddress, option: '--metrics-address' };
  const { registry } = metrics;
  observeProcess(metrics);
  const routes: Routes = {
    [PATH]: async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType }),
  };
  if (isLoopback(address.host)) return serve(address, routes, onError);
  const first =
    folder === undefined ? await selfSigned(CERTIFICATE_NAME, clock.now()) : await firstFrom(folder);
  const access = new ScrapeAccess({
    kube,
    clock,
    path: PATH,
    onError: (error) => log.warn({ err: error }, 'nobody could be asked who may scrape the metrics'),
  });
  const guard = { certificate: first, admit: (shown: string | undefined) => access.admit(shown) };
  const server = await serve(address, routes, onError, guard);
  if (folder === undefined) return server;
  const unfollow = followCertificate({
    folder,
    first,
    clock,
    renew: server.renew,
    onError: (error) =>
      log.warn(
        { err: error, folder },
        'the certificate of the metrics could not be renewed; the one before stays',
      ),
  });
  return {
    ...server,
    close: () => {
      unfollow();
      return server.close();
    },
  };
}

/** Throws ConfigError: what cannot be read now is a setting that is wrong. */
async function firstFrom(folder: string): Promise<Certificate> {
  try {
    const certificate = await readCertificate(folder);
    createSecureContext({ ...certificate });
    return certificate;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ConfigError(
      `--metrics-cert-dir takes a folder with tls.crt and tls.key, a certificate and its key in PEM; ${folder} has none that can be used${code}`,
    );
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A name other than localhost may be anything, tomorrow if not today. */
function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
