import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { FleetTally } from './fleet-tally.ts';
import { anIdleFleet, wholeMetrics } from './metrics.fixture.ts';
import { createMetrics, type Metrics, observeProcess } from './metrics.ts';

async function scrape(use: (metrics: Metrics) => void) {
  const metrics = createMetrics(new Registry());
  use(metrics);
  return metrics.registry.metrics();
}

function tallyOf(...reasons: string[]): FleetTally {
  const tally = new FleetTally();
  const times = { lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1, message: '' };
  for (const reason of reasons)
    tally.add({ conditions: [{ type: 'Ready', status: 'True', reason, ...times }], createdAt: '' }, 0);
  return tally;
}

describe('FAULTS 40: metrics name no object and no secret', () => {
  it('every label is from a closed set', () => {
    const labels = new Set<string>();
    const { registry } = wholeMetrics();
    for (const { labelNames = [] } of registry.getMetricsAsArray() as { labelNames?: string[] }[])
      for (const label of labelNames) labels.add(label);
    expect([...labels].sort()).toEqual([
      'billed',
      'code',
      'edge',
      'gated',
      'kind',
      'older_than',
      'operation',
      'outcome',
      'place',
      'proves',
      'provider',
      'queue',
      'reason',
      'resource',
      'result',
      'verb',
      'version',
    ]);
  });

  it('the key of a changed source, and its backend, are not among what is exported', async () => {
    const text = await scrape((m) => {
      m.sourceChanged('uid-canary', 'key-canary');
      m.propagated('uid-canary', 'key-canary', false);
    });
    expect(text).toContain('secretscope_propagation_seconds_count{gated="no"} 1');
    expect(text).not.toContain('canary');
  });
});

describe('what is counted', () => {
  it.each<[string, (metrics: Metrics) => void, string]>([
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
      'requests that a provider charges for',
      (m) => m.providerRequests(() => new Map([['gcp', { billed: 7, free: 2 }]])),
      'secretscope_provider_requests_total{provider="gcp",billed="yes"} 7',
    ],
    [
      'calls to the API',
      (m) => m.apiCall('get', 'secrets', '200', 0.1),
      'secretscope_api_call_seconds_count{verb="get",resource="secrets",code="200"} 1',
    ],
    ['dropped events', (m) => m.eventsDropped(2), 'secretscope_events_dropped_total 2'],
    ['the queue', (m) => m.queue(() => ({ length: 3, delayed: 4 })), 'secretscope_queue_delayed 4'],
    [
      'waiting for a worker',
      (m) => m.queueWait('webhooks', 0.01),
      'secretscope_queue_wait_seconds_bucket{le="0.05",queue="webhooks"} 1',
    ],
    ['leading', (m) => m.leading(() => true), 'secretscope_leading 1'],
    ['following', (m) => m.leading(() => false), 'secretscope_leading 0'],
    ['what runs', (m) => m.build('1.2.3'), 'secretscope_build_info{version="1.2.3"} 1'],
    [
      'scopes by reason',
      (m) => m.fleet(() => anIdleFleet({ scopes: tallyOf('Materialized', 'Materialized') })),
      'secretscope_scopes{reason="Materialized"} 2',
    ],
    [
      'backends by reason',
      (m) => m.fleet(() => anIdleFleet({ backends: tallyOf('Reachable') })),
      'secretscope_backends{reason="Reachable"} 1',
    ],
    [
      'how long the oldest request waits',
      (m) => m.fleet(() => anIdleFleet({ requests: { waiting: 3, oldestMs: 90_000 } })),
      'secretscope_requests_oldest_age_seconds 90',
    ],
    [
      'policies that are not in force',
      (m) => m.fleet(() => anIdleFleet({ policies: new Map([['votes', false]]) })),
      'secretscope_policies_in_force{proves="votes"} 0',
    ],
    ['what was masked, by where', () => undefined, 'secretscope_masked_total{place="log"}'],
    ['what the container may have', observeProcess, 'secretscope_memory_limit_bytes'],
  ])('%s', async (_case, use, line) => {
    expect(await scrape(use)).toContain(line);
  });

  it('a reason that no scope has any more is gone from the next scrape', async () => {
    let scopes = tallyOf('SecretMissing');
    const metrics = createMetrics(new Registry());
    metrics.fleet(() => anIdleFleet({ scopes }));
    expect(await metrics.registry.metrics()).toContain('SecretMissing');
    scopes = tallyOf();
    expect(await metrics.registry.metrics()).not.toContain('SecretMissing');
  });

  it('a counter that is read at the scrape shows the sum each time, not the sum of sums', async () => {
    const metrics = createMetrics(new Registry());
    metrics.providerRequests(() => new Map([['aws', { billed: 5, free: 0 }]]));
    await metrics.registry.metrics();
    expect(await metrics.registry.metrics()).toContain(
      'secretscope_provider_requests_total{provider="aws",billed="yes"} 5',
    );
  });

  it('two registries do not share anything: a second operator in one process is possible', async () => {
    expect(await scrape((m) => m.targetWrite('create'))).not.toBe(await scrape(() => undefined));
  });
});

describe('propagation', () => {
  async function sumAfter(steps: (metrics: Metrics, clock: FakeClock) => Promise<void>) {
    const clock = new FakeClock();
    const metrics = createMetrics(new Registry(), clock);
    await steps(metrics, clock);
    return metrics.registry.getSingleMetricAsString('secretscope_propagation_seconds');
  }

  it('is the time from the first notice to each target', async () => {
    const text = await sumAfter(async (metrics, clock) => {
      metrics.sourceChanged('b', 'k');
      await clock.advance(1_000);
      metrics.sourceChanged('b', 'k');
      await clock.advance(1_000);
      metrics.propagated('b', 'k', false);
      await clock.advance(1_000);
      metrics.propagated('b', 'k', false);
    });
    expect(text).toContain('secretscope_propagation_seconds_sum{gated="no"} 5');
  });

  it('begins anew with the next change after a delivery', async () => {
    const text = await sumAfter(async (metrics, clock) => {
      metrics.sourceChanged('b', 'k');
      metrics.propagated('b', 'k', false);
      await clock.advance(60_000);
      metrics.sourceChanged('b', 'k');
      await clock.advance(2_000);
      metrics.propagated('b', 'k', false);
    });
    expect(text).toContain('secretscope_propagation_seconds_sum{gated="no"} 2');
  });

  it('is not measured for what nobody noticed, nor for what is written again much later', async () => {
    const text = await sumAfter(async (metrics, clock) => {
      metrics.propagated('b', 'other', false);
      metrics.sourceChanged('b', 'k');
      metrics.propagated('b', 'k', false);
      await clock.advance(601_000);
      metrics.propagated('b', 'k', false);
    });
    expect(text).toContain('secretscope_propagation_seconds_count{gated="no"} 1');
  });
});
