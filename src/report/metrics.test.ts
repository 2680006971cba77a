import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

async function scrape(use: (metrics: ReturnType<typeof createMetrics>) => void) {
  const metrics = createMetrics(new Registry());
  use(metrics);
  return metrics.registry.metrics();
}

describe('FAULTS 40: metrics name no object and no secret', () => {
  it('every label is from a closed set', async () => {
    const labels = new Set<string>();
    const metrics = createMetrics(new Registry());
    for (const { labelNames = [] } of metrics.registry.getMetricsAsArray() as { labelNames?: string[] }[])
      for (const label of labelNames) labels.add(label);
    expect([...labels].sort()).toEqual([
      'code',
      'edge',
      'kind',
      'operation',
      'outcome',
      'provider',
      'resource',
      'result',
      'verb',
    ]);
  });
});

describe('what is counted', () => {
  it.each<[string, (metrics: ReturnType<typeof createMetrics>) => void, string]>([
    [
      'reconciles',
      (m) => m.reconciled('scope', 'done', 0.2),
      'secretscope_reconcile_seconds_count{kind="scope",result="done"} 1',
    ],
    [
      'writes of Secrets',
      (m) => m.targetWrite('patch'),
      'secretscope_target_writes_total{operation="patch"} 1',
    ],
    [
      'calls to providers',
      (m) => m.providerCall('kubernetes', 'read', 'found', 0.1),
      'secretscope_provider_call_seconds_count{provider="kubernetes",operation="read",outcome="found"} 1',
    ],
    [
      'calls to the API',
      (m) => m.apiCall('get', 'secrets', '200', 0.1),
      'secretscope_api_call_seconds_count{verb="get",resource="secrets",code="200"} 1',
    ],
    ['dropped events', (m) => m.eventsDropped(2), 'secretscope_events_dropped_total 2'],
    ['the queue', (m) => m.queue(() => ({ length: 3, delayed: 4 })), 'secretscope_queue_delayed 4'],
    ['leading', (m) => m.leading(() => true), 'secretscope_leading 1'],
    ['following', (m) => m.leading(() => false), 'secretscope_leading 0'],
    [
      'scopes by reason',
      (m) => m.scopes(() => new Map([['Materialized', 2]])),
      'secretscope_scopes{reason="Materialized"} 2',
    ],
  ])('%s', async (_case, use, line) => {
    expect(await scrape(use)).toContain(line);
  });

  it('a reason that no scope has any more is gone from the next scrape', async () => {
    const reasons = new Map([['SecretMissing', 1]]);
    const metrics = createMetrics(new Registry());
    metrics.scopes(() => reasons);
    expect(await metrics.registry.metrics()).toContain('SecretMissing');
    reasons.clear();
    expect(await metrics.registry.metrics()).not.toContain('SecretMissing');
  });

  it('two registries do not share anything: a second operator in one process is possible', async () => {
    expect(await scrape((m) => m.targetWrite('create'))).not.toBe(await scrape(() => undefined));
  });
});
