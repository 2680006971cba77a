/**
 * `npm run bench -- NAME`: runs one benchmark and prints its figures, as a table or with `--json` as one object.
 * A benchmark is a script that prints figures, never a test that fails on a slow day; what it says while it works
 * goes to stderr. Ctrl-C ends it and takes down whatever it has started.
 */
import { type Bench, BenchUsage } from '../test/bench/bench-module.ts';
import { figuresJson, figuresTable } from '../test/bench/figures.ts';

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  automations: async () => (await import('../test/bench/automations/automation-bench.ts')).automations,
  approval: async () => (await import('../test/bench/approval/approval-bench.ts')).approval,
  claim: async () => (await import('../test/bench/claim/claim-bench.ts')).claim,
  fetch: async () => (await import('../test/bench/fetch/fetch-bench.ts')).fetch,
  scale: async () => (await import('../test/bench/scale/scale-bench.ts')).scale,
  mask: async () => (await import('../test/bench/mask/mask-bench.ts')).mask,
  startup: async () => (await import('../test/bench/startup/startup-bench.ts')).startup,
  materialize: async () => (await import('../test/bench/materialize/materialize-bench.ts')).materialize,
};

const USAGE = `usage: npm run bench -- NAME [--json] [flags of the benchmark]

  materialize [--scopes 100,1000,4000]   from enrolled namespaces to Secrets, on a real API server
  materialize --in-memory [--scopes …]   heap and CPU of the operator's parts alone; 10,000 and 50,000 scopes
  fetch [--cloud aws|gcp|azure|all] [--scopes 2000]
                                         calls to the clouds, their price and delays, in simulated time
  approval [--requests 1000] [--approvals 100]
                                         from a vote to the Secret, on a real API server
  claim [--claims 10000] [--at-once 500] [--alone 100]
                                         from a claim to the Secret, on a real API server
  automations [--automations 1000] [--namespaces 50] [--rotations 160] [--dead 1,20] [--queued 10]
                                         from a rotation to the receiver of its webhook, on a real API server
  scale [--scopes 125,250,500,1000,2000,4000] [--megabytes 512] [--patience-seconds 300]
                                         the largest fleet in that memory and half a processor; needs root
  mask [--megabytes 64] [--runs 5]       how fast a log is masked, by the number of secrets
  startup [--runs 20]                    how long the bundled program takes beside Node itself
`;

async function main([name = '', ...rest]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (!load) throw new BenchUsage(name === '' ? 'which benchmark?' : `unknown benchmark "${name}"`);
  const json = rest.includes('--json');
  const bench = await load();
  await using started = new AsyncDisposableStack();
  onInterrupt(started);
  const figures = await bench(
    rest.filter((flag) => flag !== '--json'),
    started,
  );
  console.log(json ? figuresJson(name, figures) : figuresTable(name, figures));
  return 0;
}

/** What was started is stopped and removed; a second signal ends at once. */
function onInterrupt(started: AsyncDisposableStack): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      console.error(`\n${signal}: stopping what was started`);
      void started.disposeAsync().finally(() => process.exit(130));
    });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchUsage)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
