/**
 * Owns: one size on a real API server, from enrolled namespaces to the figures.
 * Called by: materialize-bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { progress } from '../bench-module.ts';
import { collectedHeapMb } from '../collected-heap.ts';
import { type Aim, FigureGroup, quantile } from '../figures.ts';
import { cpuSeconds, type ProcessUsage, processUsage } from '../process-usage.ts';
import { MERGE } from '../raw-client.ts';
import { compareWithBareClient } from './bare-comparison.ts';
import type { BenchCluster } from './bench-cluster.ts';
import {
  backendStatusWrites,
  distinctNamespaces,
  eventWrites,
  lastAt,
  lastingWrites,
  requestSummary,
  scopeStatusWrites,
  sourceReads,
  targetWrites,
  tokenRequests,
} from './operator-requests.ts';
import {
  leadingSince,
  loopDelayP99,
  materializedScopes,
  requireRunning,
  untilQuiet,
} from './operator-state.ts';
import { ORGANIZATION, SHARED_SOURCE } from './team-specs.ts';

const PATIENCE_MS = 900_000;
const IDLE_MS = 60_000;
const RESIDENT_AIMS: Readonly<Record<number, Aim>> = { 4000: { atMost: 250 } };

/** What growth is computed from. */
export interface Footprint extends ProcessUsage {
  readonly scopes: number;
  readonly heapMb: number;
}

export interface RealRun {
  readonly figures: FigureGroup;
  readonly footprint: Footprint;
}

export async function runOnRealServer(cluster: BenchCluster, scopes: number): Promise<RealRun> {
  const figures = new FigureGroup(`${scopes.toLocaleString('en')} scopes`);
  await cluster.enrol(scopes);
  await checkBackends(cluster, scopes, figures);
  await cluster.createScopes(scopes);
  const operator = await openWatches(cluster, figures);
  const seconds = await materialize(cluster, operator, scopes, figures);
  await idle(cluster, operator, figures);
  const usage = await processUsage(operator.pid);
  const rotationMs = await rotate(cluster, operator, scopes, figures);
  const heapMb = await collectedHeapMb(operator);
  await cluster.endOperator(operator);
  await restart(cluster, scopes, figures);
  await compareWithBareClient(cluster, scopes, { seconds, rotationMs }, figures);
  figures.add('resident memory after an idle minute', usage.residentMb, 'MB', RESIDENT_AIMS[scopes]);
  figures.add('most resident memory', usage.peakMb, 'MB');
  figures.add('heap in use after a collection', heapMb, 'MB');
  figures.add('open sockets', usage.sockets, '');
  return { figures, footprint: { ...usage, scopes, heapMb } };
}

/** A backend is reachable before anybody uses it: that belongs to enrolment. */
async function checkBackends(cluster: BenchCluster, scopes: number, figures: FigureGroup): Promise<void> {
  progress('starting the operator: it opens its watches and checks the backends');
  const checked = distinctNamespaces(backendStatusWrites);
  await cluster.audit.skip();
  const started = performance.now();
  const operator = await cluster.startOperator();
  await cluster.audit.until((added) => checked(added) > scopes, PATIENCE_MS);
  figures.add('time until every backend is checked, before there are scopes', since(started), 's');
  await untilQuiet(operator, PATIENCE_MS);
  await cluster.endOperator(operator);
}

async function openWatches(cluster: BenchCluster, figures: FigureGroup): Promise<OperatorProcess> {
  progress('starting the operator behind another leader: it opens its watches and waits');
  await cluster.holdLease();
  const started = performance.now();
  const operator = await cluster.startOperator();
  figures.add('time until the watches are open', since(started), 's');
  await pause(3_000);
  return operator;
}

async function materialize(
  cluster: BenchCluster,
  operator: OperatorProcess,
  scopes: number,
  figures: FigureGroup,
): Promise<number> {
  progress('letting it lead: it materializes');
  const before = { own: await cpuSeconds(operator.pid), server: await cpuSeconds(cluster.apiServerPid) };
  await loopDelayP99(operator);
  await cluster.audit.skip();
  await cluster.releaseLease();
  const told = distinctNamespaces(scopeStatusWrites);
  const written = distinctNamespaces(targetWrites);
  const done = await cluster.audit.until((added) => {
    requireRunning(operator);
    return [told(added), written(added)].every((count) => count >= scopes);
  }, PATIENCE_MS);
  const delay = await loopDelayP99(operator);
  await untilQuiet(operator, PATIENCE_MS);
  const entries = [...done, ...(await cluster.audit.read())];
  if ((await materializedScopes(operator)) !== scopes) throw new Error('not every scope is materialized');
  const seconds =
    (lastAt([...scopeStatusWrites(entries), ...targetWrites(entries)]) - leadingSince(operator)) / 1000;
  progress(`for each scope: ${requestSummary(entries, scopes)}`);
  figures.add('time until all are materialized', seconds, 's');
  figures.add('scopes a second', scopes / seconds, '/s');
  figures.add('writes per Secret, Events apart', lastingWrites(entries).length / scopes, '', { atMost: 2 });
  figures.add('of them status of backends, per Secret', backendStatusWrites(entries).length / scopes, '');
  figures.add('Events per Secret', eventWrites(entries).length / scopes, '');
  figures.add('event-loop delay p99 meanwhile, 10 ms of it the sampling', delay, 'ms');
  figures.add(
    'CPU of the operator per scope',
    (1000 * ((await cpuSeconds(operator.pid)) - before.own)) / scopes,
    'ms',
  );
  const server = (await cpuSeconds(cluster.apiServerPid)) - before.server;
  figures.add('CPU of the API server per scope', (1000 * server) / scopes, 'ms');
  return seconds;
}

async function idle(cluster: BenchCluster, operator: OperatorProcess, figures: FigureGroup): Promise<void> {
  progress('leaving it alone for a minute');
  await cluster.audit.read();
  const before = await cpuSeconds(operator.pid);
  await pause(IDLE_MS);
  const entries = await cluster.audit.read();
  const used = (await cpuSeconds(operator.pid)) - before;
  figures.add('writes in an idle minute, the Lease apart', lastingWrites(entries).length, '', { exactly: 0 });
  figures.add('tokens in an idle minute', tokenRequests(entries).length, '');
  figures.add('CPU in an idle minute', used, 's');
}

async function rotate(
  cluster: BenchCluster,
  operator: OperatorProcess,
  scopes: number,
  figures: FigureGroup,
): Promise<number[]> {
  progress('rotating one secret that all inherit');
  await cluster.audit.read();
  const started = Date.now();
  const value = Buffer.from('rotated'.padEnd(32, 'x')).toString('base64');
  await cluster.admin.send({
    method: 'PATCH',
    path: `/api/v1/namespaces/${ORGANIZATION}/secrets/${SHARED_SOURCE}`,
    type: MERGE,
    body: { data: { value } },
  });
  const written = distinctNamespaces(targetWrites);
  const done = await cluster.audit.until((added) => written(added) >= scopes, PATIENCE_MS);
  await untilQuiet(operator, PATIENCE_MS);
  const entries = [...done, ...(await cluster.audit.read())];
  const after = targetWrites(entries).map(({ timestamp }) => timestamp.getTime() - started);
  figures.add('rotation inherited by all: p50 until written', quantile(after, 0.5), 'ms');
  figures.add('rotation inherited by all: p99 until written', quantile(after, 0.99), 'ms');
  figures.add('writes of it per Secret, Events apart', lastingWrites(entries).length / scopes, '', {
    atMost: 2,
  });
  figures.add('reads of its source', sourceReads(entries, SHARED_SOURCE).length, '', { exactly: 1 });
  return after;
}

async function restart(cluster: BenchCluster, scopes: number, figures: FigureGroup): Promise<void> {
  progress('restarting it with nothing changed');
  await cluster.audit.read();
  const started = performance.now();
  const operator = await cluster.startOperator();
  const ready = since(started);
  const quietAt = await untilQuiet(operator, PATIENCE_MS);
  const entries = await cluster.audit.read();
  progress(`for each scope: ${requestSummary(entries, scopes)}`);
  figures.add('restart: ready after', ready, 's');
  figures.add('restart: converged after', (quietAt - started) / 1000, 's', { atMost: 30 });
  figures.add('restart: writes', lastingWrites(entries).length, '', { exactly: 0 });
  figures.add('restart: value reads', sourceReads(entries).length, '', { exactly: 0 });
  const { residentMb } = await processUsage(operator.pid);
  figures.add('restart: resident memory', residentMb, 'MB');
  await cluster.endOperator(operator);
}

const since = (started: number): number => (performance.now() - started) / 1000;
