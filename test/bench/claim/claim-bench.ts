/**
 * Owns: the benchmark `claim`: from a claim to its Secret on a scope that nobody guards, what that writes, and what the
 * operator holds of thousands of claims.
 * Called by: scripts/bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { AuditEntry } from '../../cluster/audit-log.ts';
import { OPERATOR, writesOf } from '../../scenarios-support/requests.ts';
import { type Bench, BenchUsage, countsFrom, progress } from '../bench-module.ts';
import { collectedHeapMb } from '../collected-heap.ts';
import { type Figure, FigureGroup, quantile } from '../figures.ts';
import { metricSum } from '../metrics-text.ts';
import { processUsage } from '../process-usage.ts';
import { ClaimsAtWork } from './claims-at-work.ts';
import { untilSettled } from './settled.ts';

const COUNTS = { claims: '10000', 'at-once': '500', alone: '100' } as const;
// statuses and Events are written after what matters
const REST_MS = 5_000;

interface Choice {
  readonly sizes: readonly number[];
  readonly atOnce: number;
  readonly alone: number;
}

export const claim: Bench = async (flags, started) => {
  const { sizes, atOnce, alone } = choose(flags);
  const figures: Figure[] = [];
  for (const claims of sizes) {
    const world = await ClaimsAtWork.start(`bench-claim-${claims}`);
    started.defer(() => world.stop());
    figures.push(...(await runOf(world, { claims, atOnce, alone })));
    await world.stop();
  }
  return figures;
};

function choose(flags: readonly string[]): Choice {
  try {
    const option = { type: 'string' } as const;
    const options = { claims: option, 'at-once': option, alone: option };
    const { values } = parseArgs({ args: [...flags], options });
    const counts = (flag: keyof typeof COUNTS) => countsFrom(`--${flag}`, values[flag] ?? COUNTS[flag]);
    const [atOnce = 0] = counts('at-once');
    const [alone = 0] = counts('alone');
    return { sizes: counts('claims'), atOnce, alone };
  } catch (error) {
    if (error instanceof TypeError) throw new BenchUsage(error.message);
    throw error;
  }
}

async function runOf(
  world: ClaimsAtWork,
  { claims, atOnce, alone }: { readonly claims: number; readonly atOnce: number; readonly alone: number },
): Promise<Figure[]> {
  const figures = new FigureGroup(`${claims.toLocaleString('en')} claims`);
  progress('namespaces with a repository each, and namespaces that may claim from them');
  await world.prepare(claims);
  const empty = await footprint(world, 0);
  const operator = await world.startOperator();
  await untilSettled(operator, 0);
  progress(`${alone} claims, one after another`);
  await world.audit.skip();
  const times = await world.oneByOne(alone);
  await pause(REST_MS);
  figures.add('claim to Secret, one at a time, p50', quantile(times, 0.5), 'ms');
  figures.add('claim to Secret, one at a time, p99', quantile(times, 0.99), 'ms');
  writesEach(figures, 'one at a time', await world.audit.read(), alone);
  progress(`${atOnce} claims at once`);
  const burst = await world.atOnce(atOnce);
  await pause(REST_MS);
  figures.add(`claim to Secret, ${atOnce} at once, p50`, quantile(burst, 0.5), 'ms');
  figures.add(`claim to Secret, ${atOnce} at once, p99`, quantile(burst, 0.99), 'ms');
  writesEach(figures, `${atOnce} at once`, await world.audit.read(), atOnce);
  await world.removeJobs();
  progress(`${claims} Live claims are made`);
  figures.add('from the first Live claim to the last Secret', (await world.live(claims)) / 1000, 's');
  await untilSettled(operator, 0);
  await idleMinute(world, figures);
  await world.endOperator(operator);
  progress('a new operator looks at all of them');
  const full = await footprint(world, claims, figures);
  figures.add('resident memory', full.residentMb, 'MB');
  figures.add('– without a claim', empty.residentMb, 'MB');
  figures.add('heap in use after a collection', full.heapMb, 'MB');
  figures.add('heap for each claim with its Secret', ((full.heapMb - empty.heapMb) * 1024) / claims, 'kB');
  return figures.figures;
}

/** What the operator wrote for each of them, by kind; a conflict is a write, too. */
function writesEach(figures: FigureGroup, when: string, entries: readonly AuditEntry[], count: number): void {
  const writes = writesOf(entries);
  const kindOf = ({ resource = '', subresource }: AuditEntry) =>
    subresource === undefined ? resource : `${resource}/${subresource}`;
  const kinds = Map.groupBy(writes, kindOf);
  const events = kinds.get('events')?.length ?? 0;
  figures.add(`writes for each, ${when}, Events apart`, (writes.length - events) / count, '');
  for (const [kind, found] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)))
    figures.add(`– ${kind}`, found.length / count, '');
  figures.add('– of them refused', writes.filter(({ code }) => code >= 400).length / count, '');
}

/** Everything is delivered, and nobody does anything. */
async function idleMinute(world: ClaimsAtWork, figures: FigureGroup): Promise<void> {
  progress('a minute of rest');
  await world.audit.skip();
  await pause(60_000);
  const entries = (await world.audit.read()).filter(
    ({ user, resource, verb }) => user === OPERATOR && resource !== 'leases' && verb !== 'watch',
  );
  // so many Events at once are put off, and sent when there is time
  const writes = writesOf(entries).filter(({ resource }) => resource !== 'events');
  figures.add('requests to the API server in an idle minute', entries.length, '');
  figures.add('– of them writes, Events apart', writes.length, '', { exactly: 0 });
}

/** Of an operator that was just started and has looked at everything once. */
async function footprint(
  world: ClaimsAtWork,
  claims: number,
  figures?: FigureGroup,
): Promise<{ readonly residentMb: number; readonly heapMb: number }> {
  await world.audit.skip();
  const started = performance.now();
  const operator = await world.startOperator();
  const quietAt = await untilSettled(operator, claims);
  figures?.add('restart: everything looked at after', (quietAt - started) / 1000, 's');
  await pause(REST_MS);
  const writes = writesOf(await world.audit.read()).filter(({ resource }) => resource !== 'events');
  figures?.add('restart: writes', writes.length, '', { exactly: 0 });
  const reconciles = metricSum(await operator.metrics(), 'secretscope_reconcile_seconds_count', {
    kind: 'claim',
  });
  figures?.add('restart: reconciles for each claim', reconciles / claims, '');
  const { residentMb } = await processUsage(operator.pid);
  const heapMb = await collectedHeapMb(operator);
  await world.endOperator(operator);
  return { residentMb, heapMb };
}
