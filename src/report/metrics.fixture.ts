/** For tests: every metric that an operator exports, filled as an idle one fills them. */
import { Registry } from 'prom-client';
import type { Fleet } from './fleet-gauges.ts';
import { FleetTally } from './fleet-tally.ts';
import { createMetrics, type Metrics } from './metrics.ts';

export function anIdleFleet(parts: Partial<Fleet> = {}): Fleet {
  return {
    scopes: new FleetTally(),
    claims: new FleetTally(),
    backends: new FleetTally(),
    requests: { waiting: 0, oldestMs: 0 },
    webhooks: { waiting: 0, undelivered: 0 },
    policies: new Map(),
    ...parts,
  };
}

export function wholeMetrics(): Metrics {
  const metrics = createMetrics(new Registry());
  metrics.queue(() => ({ length: 0, delayed: 0 }));
  metrics.leading(() => false);
  metrics.fleet(() => anIdleFleet());
  metrics.providerRequests(() => new Map());
  metrics.build('0.0.0');
  return metrics;
}
