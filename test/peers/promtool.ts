/**
 * Owns: promtool, Prometheus' own judge of alert rules. Built with Go into the project's cache, once, without service
 * discovery, which the rules do not need and most of the time goes into.
 * Called by: alert-rules.test.ts, scenarios/alerts.test.ts.
 */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { type MissingPeer, provided, runBounded } from './peer-provision.ts';

const VERSION = 'v0.316.0';
const PACKAGE = 'github.com/prometheus/prometheus/cmd/promtool';
// three minutes of one processor where nothing is cached
const PATIENCE_MS = 300_000;

export interface Promtool {
  readonly kind: 'ready';
  readonly version: string;
  readonly binary: string;
}

export async function buildPromtool(env: NodeJS.ProcessEnv = process.env): Promise<Promtool | MissingPeer> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const dir = join(cacheRoot(env), 'peers', `promtool-${VERSION}`);
  const mark = join(dir, 'promtool');
  const provide = () => build(dir, signal, env);
  const missing = await provided({ place: dir, mark, what: `building promtool ${VERSION}`, signal, provide });
  return missing ?? { kind: 'ready', version: VERSION, binary: mark };
}

// one rename: another process sees a whole program or none
async function build(dir: string, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dir, { recursive: true });
  const staging = await mkdtemp(join(dir, 'staging-'));
  try {
    const own = { ...env, GOBIN: staging, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
    const flags = ['-tags', 'remove_all_sd', '-trimpath', '-ldflags', '-s -w'];
    await runBounded('go', ['install', ...flags, `${PACKAGE}@${VERSION}`], signal, own);
    await rename(join(staging, 'promtool'), join(dir, 'promtool'));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What promtool is given: series by name and labels, with their values a minute apart, and what has to fire by when. */
export interface RuleTest {
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** by name of the alert; of each that fires: its labels without those of the rule, and its summary */
  readonly firing: Readonly<
    Record<
      string,
      readonly { readonly labels?: Readonly<Record<string, string>>; readonly summary: string }[]
    >
  >;
}

export interface NamesTest extends Pick<RuleTest, 'series' | 'at'> {
  /** of every alert that fires, for whatever and however often */
  readonly names: readonly string[];
}

/** One rule, as it is in the rule file. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

export interface RuleGroups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

/** Resolves when promtool agrees about every alert, those that must not fire included; rejects with what it says. */
export function judge(promtool: Promtool, rules: RuleGroups, test: RuleTest): Promise<void> {
  return run(promtool, rules, asUnitTest(rules, test));
}

/** The same by their names alone: of what a real operator says, nobody knows each figure. */
export function judgeNames(promtool: Promtool, rules: RuleGroups, test: NamesTest): Promise<void> {
  const { series, at, names } = test;
  const exp_samples = names.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 }));
  const expr = 'count by (alertname) (ALERTS{alertstate="firing"}) ^ 0';
  const asked = [{ expr, eval_time: at, exp_samples }];
  return run(promtool, rules, unitTest(series, { promql_expr_test: asked }));
}

async function run({ binary }: Promtool, rules: RuleGroups, test: object): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'secretscope-promtool-'));
  try {
    await writeFile(join(dir, 'rules.yaml'), stringify(rules));
    await writeFile(join(dir, 'test.yaml'), stringify(test));
    await runBounded(binary, ['test', 'rules', join(dir, 'test.yaml')], AbortSignal.timeout(60_000));
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${stdout}${stderr}` || String(error));
  } finally {
    await rm(dir, { recursive: true });
  }
}

function asUnitTest({ groups }: RuleGroups, { series, at, firing }: RuleTest) {
  const every = groups.flatMap(({ rules }) => rules);
  const unknown = Object.keys(firing).filter((name) => !every.some(({ alert }) => alert === name));
  if (unknown.length > 0) throw new Error(`there is no alert ${unknown.join()}`);
  return unitTest(series, {
    alert_rule_test: every.map(({ alert, labels, annotations }) => ({
      eval_time: at,
      alertname: alert,
      exp_alerts: (firing[alert] ?? []).map((one) => ({
        exp_labels: { ...labels, ...one.labels },
        exp_annotations: { summary: one.summary, runbook_url: annotations.runbook_url },
      })),
    })),
  });
}

function unitTest(series: RuleTest['series'], asked: object) {
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [{ interval: '1m', input_series, ...asked }],
  };
}
