/** The alert rules against the metrics that the operator exports, and against their runbooks. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../src/model/reasons.ts';
import { STALE_AGES } from '../src/report/fleet-tally.ts';
import { wholeMetrics } from '../src/report/metrics.fixture.ts';
import { observeProcess } from '../src/report/metrics.ts';
import { shippedAlerts } from './peers/shipped-rules.ts';

const alerts = shippedAlerts();
const metrics = wholeMetrics();
observeProcess(metrics);
const LABELS = new Map(
  (metrics.registry.getMetricsAsArray() as { name: string; labelNames?: string[] }[]).map(
    ({ name, labelNames = [] }) => [name, labelNames],
  ),
);
// what a scrape adds, and what PromQL itself makes
const SCRAPED = ['job', 'instance', 'le'];

interface Used {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Every metric of an expression, with the labels that it is selected by. */
function usedIn(expr: string): Used[] {
  return [...expr.matchAll(/\b((?:secretscope|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', matchers = '']) => ({
      metric: LABELS.has(metric) ? metric : metric.replace(/_(?:bucket|count|sum)$/, ''),
      labels: [...matchers.matchAll(/(\w+)\s*[=!]/g)].map((match) => match[1] ?? ''),
    }),
  );
}

const groupings = (expr: string) =>
  [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(/,\s*/));

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, rule) => {
  it('asks for metrics that there are, by labels that they have', () => {
    const used = usedIn(rule.expr);
    expect(used.length).toBeGreaterThan(0);
    for (const { metric, labels } of used) {
      expect([metric, LABELS.has(metric)]).toEqual([metric, true]);
      const known = [...(LABELS.get(metric) ?? []), ...SCRAPED];
      expect(labels.filter((label) => !known.includes(label))).toEqual([]);
    }
    const all = [...used.flatMap(({ metric }) => LABELS.get(metric) ?? []), ...SCRAPED];
    expect(groupings(rule.expr).filter((label) => !all.includes(label))).toEqual([]);
  });

  it('says how bad it is, in a line, and where to read on', () => {
    expect(['critical', 'warning', 'info']).toContain(rule.labels.severity);
    expect(rule.annotations.runbook_url).toBe(`docs/runbooks/${name}.md`);
    expect(rule.annotations.summary.length).toBeLessThan(100);
  });

  it('has a page of what it means, what suffers, how to look and what to do', () => {
    const text = readFileSync(rule.annotations.runbook_url, 'utf8');
    expect([...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1])).toEqual([
      name,
      'Meaning',
      'Impact',
      'Diagnosis',
      'Remedy',
    ]);
    expect(text).toMatch(/^```sh\n(?:kubectl|secretscope) /m);
  });
});

it('every runbook is of an alert, and every alert is in the reference', () => {
  const pages = globSync('docs/runbooks/SecretScope*.md').map((path) => basename(path, '.md'));
  expect(pages.sort()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  const reference = readFileSync('docs/reference/metrics.md', 'utf8');
  expect(alerts.filter(({ alert }) => !reference.includes(`../runbooks/${alert}.md`))).toEqual([]);
});

it('reasons that a rule leaves out are reasons', () => {
  const named = alerts.flatMap(({ expr }) =>
    [...expr.matchAll(/reason!~"([^"]*)"/g)].flatMap((match) => (match[1] ?? '').split('|')),
  );
  expect(named.filter((reason) => !Object.hasOwn(REASONS, reason))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
});

it('ages that a rule asks for are among those that are counted', () => {
  const asked = alerts.flatMap(({ expr }) =>
    [...expr.matchAll(/older_than="(\w+)"/g)].map((match) => match[1] ?? ''),
  );
  expect(asked.filter((age) => !Object.hasOwn(STALE_AGES, age))).toEqual([]);
  expect(asked.length).toBeGreaterThan(0);
});
