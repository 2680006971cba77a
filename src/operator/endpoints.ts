import type { Config } from '../config.ts';
import type { Clock } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { type Listening, serve } from '../report/http-server.ts';
import type { Logger } from '../report/logger.ts';
import type { Metrics } from '../report/metrics.ts';
import { WatchHealth } from '../watch/watch-health.ts';
import { fleetReader } from './count-fleet.ts';
import type { Operator } from './operator.ts';
import { serveMetrics } from './serve-metrics.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** Gauges that read the operator's state when they are scraped. */
export function observeOperator(
  operator: Operator,
  { metrics, clock }: Pick<ServerOptions, 'metrics' | 'clock'>,
  leading: () => boolean,
): void {
  metrics.queue(() => ({ length: operator.queue.length, delayed: operator.queue.delayedCount }));
  metrics.leading(leading);
  metrics.fleet(fleetReader(operator.observation.cluster, clock));
  metrics.providerRequests(() => operator.requestsSent.sums());
}

/** The health and metrics servers. They answer from the first moment; readiness comes later. */
export async function startServers(
  process: ServerOptions,
  state: { operator: Operator | undefined },
): Promise<Listening[]> {
  const { config, log, clock } = process;
  const health = new WatchHealth({
    clock,
    reflectors: () => state.operator?.observation.reflectors() ?? [],
    queues: () => (state.operator ? [state.operator.queue, state.operator.webhooks] : []),
  });
  const verdict = ({ ok, reasons }: { ok: boolean; reasons: readonly string[] }) => ({
    status: ok ? 200 : 503,
    body: ok ? 'ok\n' : `${reasons.join('\n')}\n`,
  });
  const notStarted = { ok: false, reasons: ['the operator has not started to watch'] };
  const onError = (error: unknown) =>
    log.error({ err: error }, 'a request to the health or metrics server failed');
  const healthServer = await serve(
    { ...config.healthAddress, option: '--health-address' },
    {
      '/healthz': () => verdict(health.alive()),
      '/readyz': () => verdict(state.operator && !process.signal.aborted ? health.ready() : notStarted),
    },
    onError,
  );
  const metricsServer = await serveMetrics(process, onError).catch(async (error: unknown) => {
    // a server that listens keeps the process alive, and whoever asks believes that it works
    await healthServer.close();
    throw error;
  });
  log.info({ health: healthServer.port, metrics: metricsServer.port }, 'serving');
  return [healthServer, metricsServer];
}
