import { sizesIn } from '../automate/delivery-queue.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../kube/clock.ts';
import { REASONS } from '../model/reasons.ts';
import { type Listening, serve } from '../report/http-server.ts';
import type { Logger } from '../report/logger.ts';
import { type Metrics, observeProcess } from '../report/metrics.ts';
import { WatchHealth } from '../watch/watch-health.ts';
import type { Operator } from './operator.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** Gauges that read the operator's state when they are scraped. */
export function observeOperator(operator: Operator, metrics: Metrics, leading: () => boolean): void {
  metrics.queue(() => ({ length: operator.queue.length, delayed: operator.queue.delayedCount }));
  metrics.webhooks(() => {
    const sizes = [...operator.observation.cluster.automations.values()].map(({ status }) => sizesIn(status));
    return {
      waiting: sizes.reduce((sum, { waiting }) => sum + waiting, 0),
      undelivered: sizes.reduce((sum, { undelivered }) => sum + undelivered, 0),
    };
  });
  metrics.leading(leading);
  metrics.scopes(() => {
    const byReason = new Map<string, number>();
    for (const { conditions } of operator.observation.cluster.scopes.values()) {
      const ready = conditions.find((condition) => condition.type === 'Ready')?.reason ?? 'Progressing';
      // a label has few values, whatever somebody writes into a status
      const reason = Object.hasOwn(REASONS, ready) ? ready : 'Unknown';
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    }
    return byReason;
  });
}

/** The health and metrics servers. They answer from the first moment; readiness comes later. */
export async function startServers(
  process: ServerOptions,
  state: { operator: Operator | undefined },
): Promise<Listening[]> {
  const { config, log, metrics, clock } = process;
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
    config.healthAddress,
    {
      '/healthz': () => verdict(health.alive()),
      '/readyz': () => verdict(state.operator && !process.signal.aborted ? health.ready() : notStarted),
    },
    onError,
  );
  const { registry } = metrics;
  observeProcess(metrics);
  const metricsServer = await serve(
    config.metricsAddress,
    { '/metrics': async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType }) },
    onError,
  );
  log.info({ health: healthServer.port, metrics: metricsServer.port }, 'serving');
  return [healthServer, metricsServer];
}
