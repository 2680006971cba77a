/**
 * Owns: the benchmark `approval`: from the deciding vote to the Secret, what a release writes, and what the operator
 * holds while many requests wait.
 * Called by: scripts/bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { AuditEntry } from '../../cluster/audit-log.ts';
import { OPERATOR, writesOf } from '../../scenarios-support/requests.ts';
import { until } from '../../scenarios-support/until.ts';
import { type Bench, BenchUsage, countsFrom, progress } from '../bench-module.ts';
import { collectedHeapMb } from '../collected-heap.ts';
import { type Figure, FigureGroup, quantile } from '../figures.ts';
import { metricSum } from '../metrics-text.ts';
import { processUsage } from '../process-usage.ts';
import { ApprovalWorld, type Place } from './approval-world.ts';

const SIZES = '1000';
const APPROVALS = '100';
const LONG_MS = 1_800_000;
const LOOK_EVERY_MS = 5;
// statuses are written after what matters, and a conflict is tried again within a second
const REST_MS = 5_000;

export const approval: Bench = async (flags, started) => {
  const { sizes, approvals } = choose(flags);
  const figures: Figure[] = [];
  for (const requests of sizes) {
    const world = await ApprovalWorld.start(`bench-approval-${requests}`);
    started.defer(() => world.stop());
    figures.push(...(await runOf(world, requests, Math.min(approvals, Math.floor(requests / 2)))));
    await world.stop();
  }
  return figures;
};

function choose(flags: readonly string[]): { readonly sizes: number[]; readonly approvals: number } {
  try {
    const { values } = parseArgs({
      args: [...flags],
      options: { requests: { type: 'string' }, approvals: { type: 'string' } },
    });
    const [approvals = 0] = countsFrom('--approvals', values.approvals ?? APPROVALS);
    return { sizes: countsFrom('--requests', values.requests ?? SIZES), approvals };
  } catch (error) {
    if (error instanceof TypeError) throw new BenchUsage(error.message);
    throw error;
  }
}

async function runOf(world: ApprovalWorld, requests: number, approvals: number): Promise<Figure[]> {
  const figures = new FigureGroup(`${requests.toLocaleString('en')} requests`);
  const places = await world.prepare(requests);
  const empty = await footprint(world, 0);
  const operator = await world.startOperator();
  await pause(REST_MS);
  await world.audit.skip();
  progress(`${requests} protected environments are made`);
  const begun = performance.now();
  await world.protect(places);
  const waiting = await until(
    async () => {
      const found = await world.requests(places, 'Waiting');
      if (!found) throw new Error('not every environment has a request that waits');
      return found;
    },
    { timeout: LONG_MS, interval: 2_000 },
  );
  figures.add('from the first scope to the last request', (performance.now() - begun) / 1000, 's');
  await pause(REST_MS);
  writesEach(figures, 'to ask', await world.audit.read(), requests);
  await idleMinute(world, figures);
  await world.untilVotesCount();
  const request = ({ name }: Place) => {
    const found = waiting.get(name);
    if (!found) throw new Error(`${name} has no request`);
    return found;
  };
  progress(`${approvals} requests are approved one after another`);
  await world.audit.skip();
  const alone = await oneByOne(world, places.slice(0, approvals), request);
  await pause(REST_MS);
  figures.add('vote to Secret, one at a time, p50', quantile(alone, 0.5), 'ms');
  figures.add('vote to Secret, one at a time, p99', quantile(alone, 0.99), 'ms');
  writesEach(figures, 'to release', await world.audit.read(), approvals);
  progress(`${approvals} requests are approved in one go`);
  const burst = await inOneGo(world, places.slice(approvals, 2 * approvals), request);
  figures.add(`vote to Secret, ${approvals} at once, p50`, quantile(burst, 0.5), 'ms');
  figures.add(`vote to Secret, ${approvals} at once, p99`, quantile(burst, 0.99), 'ms');
  await pause(REST_MS);
  await world.endOperator(operator);
  progress('a new operator looks at all of them');
  const full = await footprint(world, requests, figures);
  figures.add('resident memory', full.residentMb, 'MB');
  figures.add('heap in use after a collection', full.heapMb, 'MB');
  figures.add(
    'heap for each environment with its request and ledger',
    ((full.heapMb - empty.heapMb) * 1024) / requests,
    'kB',
  );
  return figures.figures;
}

/** Milliseconds from the answer to each vote until its Secret is there; nothing else waits for the operator. */
async function oneByOne(
  world: ApprovalWorld,
  places: readonly Place[],
  request: (place: Place) => Parameters<ApprovalWorld['approve']>[1],
): Promise<number[]> {
  const times: number[] = [];
  for (const place of places) {
    await world.approve(place, request(place));
    const voted = performance.now();
    await until(
      async () => {
        if (!(await world.isDelivered(place))) throw new Error(`${place.name} is not delivered`);
      },
      { timeout: 60_000, interval: LOOK_EVERY_MS },
    );
    times.push(performance.now() - voted);
    // its statuses are written after its Secret; the next vote is not to wait for that
    await pause(200);
  }
  return times;
}

/** Milliseconds from the answer to each vote until its Secret is seen; the list is looked at twenty times a second. */
async function inOneGo(
  world: ApprovalWorld,
  places: readonly Place[],
  request: (place: Place) => Parameters<ApprovalWorld['approve']>[1],
): Promise<number[]> {
  const voted = new Map<string, number>();
  const seen = new Map<string, number>();
  const casting = Promise.all(
    places.map(async (place) => {
      await world.approve(place, request(place));
      voted.set(place.name, performance.now());
    }),
  );
  const namespaces = new Set(places.map(({ namespace }) => namespace));
  await until(
    async () => {
      for (const namespace of namespaces)
        for (const name of await world.delivered(namespace))
          if (!seen.has(name)) seen.set(name, performance.now());
      if (!places.every(({ name }) => seen.has(name))) throw new Error('not everything is delivered');
    },
    { timeout: 300_000, interval: 50 },
  );
  await casting;
  return places.map(({ name }) => Math.max(0, (seen.get(name) ?? 0) - (voted.get(name) ?? 0)));
}

/** What the operator wrote for each of them, by kind; a conflict is a write, too. */
function writesEach(figures: FigureGroup, what: string, entries: readonly AuditEntry[], count: number): void {
  const counts = new Map<string, number>();
  for (const { resource = '', subresource } of writesOf(entries)) {
    const kind = subresource === undefined ? resource : `${resource}/${subresource}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const total = [...counts].reduce((sum, [kind, number]) => (kind === 'events' ? sum : sum + number), 0);
  figures.add(`writes ${what}, Events apart`, total / count, '');
  const conflicts = writesOf(entries).filter(({ code }) => code === 409).length;
  figures.add('– of them refused as a conflict', conflicts / count, '');
  for (const [kind, number] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    figures.add(`– ${kind}`, number / count, '');
}

/** Requests wait, and nobody does anything. */
async function idleMinute(world: ApprovalWorld, figures: FigureGroup): Promise<void> {
  progress('a minute of rest');
  await world.audit.skip();
  await pause(60_000);
  const entries = (await world.audit.read()).filter(
    ({ user, resource, verb }) => user === OPERATOR && resource !== 'leases' && verb !== 'watch',
  );
  figures.add('requests to the API server in an idle minute', entries.length, '');
  figures.add('– of them writes', writesOf(entries).length, '', { exactly: 0 });
}

/** Of an operator that was just started and has looked at everything once. */
async function footprint(
  world: ApprovalWorld,
  scopes: number,
  figures?: FigureGroup,
): Promise<{ readonly residentMb: number; readonly heapMb: number }> {
  const started = performance.now();
  const operator = await world.startOperator();
  await until(
    async () => {
      const metrics = await operator.metrics();
      const seen = metricSum(metrics, 'secretscope_reconcile_seconds_count', { kind: 'scope' });
      const left = metricSum(metrics, 'secretscope_queue_length');
      if (seen < scopes || left > 0) throw new Error(`${seen} scopes were looked at, ${left} wait`);
    },
    { timeout: LONG_MS, interval: 250 },
  );
  figures?.add('restart: everything looked at after', (performance.now() - started) / 1000, 's');
  await pause(REST_MS);
  const { residentMb } = await processUsage(operator.pid);
  const heapMb = await collectedHeapMb(operator);
  await world.endOperator(operator);
  return { residentMb, heapMb };
}
