/** The alert rules, judged by Prometheus: each fires once, for its own reason, and none while all is well. */
import { describe, expect, it } from 'vitest';
import { missingPeer } from './peer-suite.ts';
import { buildPromtool, judge, type RuleTest } from './promtool.ts';
import { shippedAlerts, shippedRules } from './shipped-rules.ts';

const TARGET = 'job="secretscope-metrics",instance="10.0.0.1:8443"';
const OTHER = 'job="secretscope-metrics",instance="10.0.0.2:8443"';
const PLACE = { job: 'secretscope-metrics', instance: '10.0.0.1:8443' };

/** Two replicas of which one leads, a fleet that is delivered, people who take their time, and a bad minute now and then. */
const WELL: Readonly<Record<string, string>> = {
  [`secretscope_build_info{version="0.2.0",${TARGET}}`]: '1x90',
  [`secretscope_build_info{version="0.2.0",${OTHER}}`]: '1x90',
  [`secretscope_leading{${TARGET}}`]: '1x90',
  [`secretscope_leading{${OTHER}}`]: '0x90',
  [`secretscope_scopes{reason="Materialized",${TARGET}}`]: '40x90',
  [`secretscope_scopes{reason="AwaitingApproval",${TARGET}}`]: '2x90',
  // for some minutes only
  [`secretscope_scopes{reason="SecretMissing",${TARGET}}`]: '0x30 3x5 0x60',
  [`secretscope_scopes_stale{older_than="1h",${TARGET}}`]: '0x90',
  [`secretscope_scopes_stale{older_than="15m",${TARGET}}`]: '4x90',
  [`secretscope_queue_length{${TARGET}}`]: '500x5 0x90',
  // who does not lead has a queue that nobody works off
  [`secretscope_queue_length{${OTHER}}`]: '5000x90',
  [`secretscope_backends{reason="Reachable",${TARGET}}`]: '4x90',
  [`secretscope_provider_call_seconds_count{provider="aws",operation="read",outcome="ok",${TARGET}}`]:
    '0+10x90',
  [`secretscope_provider_call_seconds_count{provider="aws",operation="read",outcome="throttled",${TARGET}}`]:
    '3x90',
  [`secretscope_propagation_seconds_bucket{gated="no",le="1",${TARGET}}`]: '0+10x90',
  [`secretscope_propagation_seconds_bucket{gated="no",le="+Inf",${TARGET}}`]: '0+10x90',
  // reviewers took an hour
  [`secretscope_propagation_seconds_bucket{gated="yes",le="1",${TARGET}}`]: '0x90',
  [`secretscope_propagation_seconds_bucket{gated="yes",le="+Inf",${TARGET}}`]: '0+10x90',
  [`secretscope_requests_oldest_age_seconds{${TARGET}}`]: '3600+60x90',
  [`secretscope_webhook_undelivered{${TARGET}}`]: '0x90',
  [`secretscope_policies_in_force{proves="votes",${TARGET}}`]: '1x90',
  [`nodejs_eventloop_lag_p99_seconds{${TARGET}}`]: '0.01x90',
  // another program of the cluster
  [`nodejs_eventloop_lag_p99_seconds{job="web",instance="10.0.0.9:80"}`]: '9x90',
  [`process_resident_memory_bytes{${TARGET}}`]: '300000000x90',
  [`secretscope_memory_limit_bytes{${TARGET}}`]: '1000000000x90',
  [`process_resident_memory_bytes{${OTHER}}`]: '300000000x90',
  // nothing bounds it
  [`secretscope_memory_limit_bytes{${OTHER}}`]: '0x90',
  [`secretscope_target_writes_total{operation="patch",${TARGET}}`]: '0+12x90',
};

const CALLS = (outcome: string) =>
  `secretscope_provider_call_seconds_count{provider="aws",operation="read",outcome="${outcome}",${TARGET}}`;

type Fired = RuleTest['firing'][string];

/** By alert: what goes wrong, and what is said of it. */
const WRONG: Readonly<
  Record<string, { readonly series: Readonly<Record<string, string | undefined>>; readonly fired: Fired }>
> = {
  SecretScopeNobodyLeads: {
    series: { [`secretscope_leading{${TARGET}}`]: '0x90' },
    fired: [{ summary: 'no replica leads, so nothing is delivered or withdrawn' }],
  },
  SecretScopeTwoLead: {
    series: { [`secretscope_leading{${OTHER}}`]: '1x90', [`secretscope_queue_length{${OTHER}}`]: '0x90' },
    fired: [{ summary: '2 replicas lead, not one' }],
  },
  SecretScopeNeedsAPerson: {
    series: { [`secretscope_scopes{reason="SecretMissing",${TARGET}}`]: '3x90' },
    fired: [{ labels: { reason: 'SecretMissing' }, summary: '3 scopes are SecretMissing' }],
  },
  SecretScopeScopesStale: {
    series: { [`secretscope_scopes_stale{older_than="1h",${TARGET}}`]: '2x90' },
    fired: [{ summary: '2 scopes have had no success for an hour' }],
  },
  SecretScopeQueueDoesNotDrain: {
    series: { [`secretscope_queue_length{${TARGET}}`]: '400x90' },
    fired: [{ labels: PLACE, summary: 'never fewer than 400 keys waited for a worker in ten minutes' }],
  },
  SecretScopeBackendNotReady: {
    series: { [`secretscope_backends{reason="IdentityRefused",${TARGET}}`]: '1x90' },
    fired: [{ labels: { reason: 'IdentityRefused' }, summary: '1 backends are IdentityRefused' }],
  },
  SecretScopeProviderFailing: {
    series: { [CALLS('timedOut')]: '0+1x90' },
    fired: [{ labels: { provider: 'aws', outcome: 'timedOut' }, summary: 'calls to aws end in timedOut' }],
  },
  SecretScopeProviderThrottled: {
    series: { [CALLS('throttled')]: '0+1x90' },
    fired: [{ labels: { provider: 'aws' }, summary: 'aws throttles the operator' }],
  },
  SecretScopeProviderDenied: {
    // asked again every five minutes
    series: {
      [CALLS('denied')]: '0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4 9x4 10x4 11x4 12x4 13x4 14x4 15x4 16x4 17x4',
    },
    fired: [{ labels: { provider: 'aws', outcome: 'denied' }, summary: 'aws answers denied' }],
  },
  SecretScopePropagationSlow: {
    series: {
      [`secretscope_propagation_seconds_bucket{gated="no",le="1",${TARGET}}`]: '0+5x90',
      [`secretscope_propagation_seconds_bucket{gated="no",le="300",${TARGET}}`]: '0+10x90',
    },
    fired: [{ summary: 'one in ten changes takes longer than 4m 0s to its Secret' }],
  },
  SecretScopeApprovalsWait: {
    series: { [`secretscope_requests_oldest_age_seconds{${TARGET}}`]: '90000x90' },
    fired: [{ summary: 'a request has waited for 1d 1h 0m 0s for reviewers' }],
  },
  SecretScopeWebhookUndelivered: {
    series: { [`secretscope_webhook_undelivered{${TARGET}}`]: '3x90' },
    fired: [{ summary: '3 deliveries of webhooks were given up' }],
  },
  SecretScopePolicyNotInForce: {
    series: { [`secretscope_policies_in_force{proves="votes",${TARGET}}`]: '0x90' },
    fired: [
      {
        labels: { proves: 'votes' },
        summary: 'the admission policies for votes are not in force as shipped',
      },
    ],
  },
  SecretScopeEventLoopBlocked: {
    series: { [`nodejs_eventloop_lag_p99_seconds{${TARGET}}`]: '2x90' },
    fired: [{ labels: PLACE, summary: 'the process answers 2s late' }],
  },
  SecretScopeMemoryNearLimit: {
    series: { [`process_resident_memory_bytes{${TARGET}}`]: '900000000x90' },
    fired: [{ labels: PLACE, summary: 'the operator uses 90% of the memory that it may have' }],
  },
  SecretScopeWritesRepeat: {
    series: { [`secretscope_target_writes_total{operation="patch",${TARGET}}`]: '0+120x90' },
    fired: [{ summary: '2 Secrets a second are written, for half an hour' }],
  },
};

const promtool = await buildPromtool();
const title = 'the alert rules';

if (promtool.kind === 'missing') missingPeer('promtool', title, promtool);
else
  describe(`${title}, judged by promtool ${promtool.version}`, () => {
    const rules = shippedRules();

    it('say nothing while all is well', () =>
      judge(promtool, rules, { series: WELL, at: '80m', firing: {} }));

    it('SecretScopeDown fires, and nothing else does, when nothing is scraped', () =>
      judge(promtool, rules, {
        series: { 'up{job="other"}': '1x90' },
        at: '80m',
        firing: { SecretScopeDown: [{ summary: 'no replica of the operator is scraped' }] },
      }));

    it('are all tried here', () => {
      expect(['SecretScopeDown', ...Object.keys(WRONG)].toSorted()).toEqual(
        shippedAlerts()
          .map(({ alert }) => alert)
          .toSorted(),
      );
    });

    it.each(Object.entries(WRONG))('%s fires, and nothing else does', async (alert, { series, fired }) => {
      const all = Object.entries({ ...WELL, ...series }).filter(
        (one): one is [string, string] => one[1] !== undefined,
      );
      await judge(promtool, rules, {
        series: Object.fromEntries(all),
        at: '80m',
        firing: { [alert]: fired },
      });
    });
  });
