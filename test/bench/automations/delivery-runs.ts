/**
 * Owns: from the rotation of a secret to the arrival at a receiver: many at once, and at an even pace beside receivers
 * that take a request and never answer.
 * Called by: automation-bench.ts.
 */
import { loadavg } from 'node:os';
import type { AuditEntry } from '../../cluster/audit-log.ts';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { writesOf } from '../../scenarios-support/requests.ts';
import { until } from '../../scenarios-support/until.ts';
import { progress } from '../bench-module.ts';
import { type Figure, type FigureGroup, quantile } from '../figures.ts';
import { cpuSeconds } from '../process-usage.ts';
import { type AutomationsAtWork, type Place, pathIn } from './automations-at-work.ts';
import { untilAllSent } from './idle-automations.ts';
import { type Passed, rotateAll } from './rotated-places.ts';

const STALLED_MS = 60_000;

export interface Pace {
  readonly rotations: number;
  readonly perSecond: number;
  /** with so many receivers that hang, one run after the other */
  readonly dead: readonly number[];
}

export async function burst(
  world: AutomationsAtWork,
  rotations: number,
  figures: FigureGroup,
): Promise<readonly Figure[]> {
  const { cluster } = world;
  const places = world.places.slice(0, rotations);
  const operator = await world.startOperator();
  await untilAllSent(operator);
  progress(`${places.length} secrets are rotated at once`);
  const before = await cpuOf(world, operator);
  const { passed, entries, arrivals } = await rotateAll(world, operator, places, undefined);
  await untilAllSent(operator);
  const after = await cpuOf(world, operator);
  const arrived = arrivals + (await world.receiver.take()).length;
  const writes = [...entries, ...(await cluster.audit.read())];
  const seconds = (last(passed) - Math.min(...passed.map(({ writtenAt }) => writtenAt))) / 1000;
  figures.add('deliveries a second, with their rotations', places.length / seconds, '1/s');
  addTimes(figures, passed);
  figures.add('arrivals for each', arrived / places.length, '');
  addWrites(figures, writes, places.length);
  figures.add(
    'CPU of the operator for each',
    ((after.operator - before.operator) * 1000) / places.length,
    'ms',
  );
  figures.add('CPU of the API server for each', ((after.api - before.api) * 1000) / places.length, 'ms');
  await cluster.endOperator(operator);
  return figures.figures;
}

export async function cpuOf({ cluster }: AutomationsAtWork, { pid }: OperatorProcess) {
  return { operator: await cpuSeconds(pid), api: await cpuSeconds(cluster.apiServerPid) };
}

/** One of them in a namespace; the same once more with all of the last number crowded into a few. */
export async function besideDeadReceivers(
  world: AutomationsAtWork,
  pace: Pace,
  group: (what: string) => FigureGroup,
): Promise<readonly Figure[]> {
  const operator = await world.startOperator();
  await untilAllSent(operator);
  const spread = pace.dead.map((count) => ({ what: `${count} dead`, dead: world.places.slice(0, count) }));
  const crowd = crowded(world.places, pace.dead.at(-1) ?? 0);
  const few = new Set(crowd.map(({ namespace }) => namespace)).size;
  const runs = [
    { what: 'no receiver dead', dead: [] },
    ...spread,
    { what: `${crowd.length} dead in ${few} of the namespaces`, dead: crowd },
  ];
  const figures: Figure[] = [];
  for (const { what, dead } of runs)
    figures.push(...(await pacedRun(world, operator, { what, dead }, pace, group(what))));
  await world.cluster.endOperator(operator);
  return figures;
}

/** Five in a namespace: more than may be sent at once there. */
function crowded(places: readonly Place[], count: number): Place[] {
  const namespaces = new Set(places.slice(0, Math.ceil(count / 5)).map(({ namespace }) => namespace));
  const by = Map.groupBy(places, ({ namespace }) => namespace);
  return [...namespaces].flatMap((namespace) => (by.get(namespace) ?? []).slice(0, 5));
}

async function pacedRun(
  world: AutomationsAtWork,
  operator: OperatorProcess,
  { what, dead }: { readonly what: string; readonly dead: readonly Place[] },
  { rotations, perSecond }: Pace,
  figures: FigureGroup,
): Promise<readonly Figure[]> {
  progress(`${rotations} secrets are rotated, ${perSecond} a second; ${what}`);
  const namespaces = new Set(dead.map(({ namespace }) => namespace));
  const alive = world.places.filter((place) => !dead.includes(place));
  const isNeighbour = ({ namespace }: Place) => namespaces.has(namespace);
  const beside = alive.filter(isNeighbour).slice(0, Math.floor(rotations / 2));
  const elsewhere = alive.filter((place) => !isNeighbour(place)).slice(0, rotations - beside.length);
  await hang(world, dead);
  const { passed } = await rotateAll(world, operator, mixed(beside, elsewhere), perSecond);
  const [near = [], far = []] = [true, false].map((isNear) =>
    passed.filter(({ place }) => isNeighbour(place) === isNear),
  );
  if (far.length > 0) addTimes(figures, far, 'elsewhere');
  if (near.length > 0) addTimes(figures, near, 'in the same namespaces');
  figures.add('load of the machine, of the last minute', loadavg()[0] ?? 0, '');
  await world.receiver.stall([]);
  await untilAllSent(operator);
  return figures.figures;
}

/** Each of them has taken a request that it will not answer. */
async function hang(world: AutomationsAtWork, dead: readonly Place[]): Promise<void> {
  const paths = dead.map(pathIn);
  await world.receiver.stall(paths);
  await world.receiver.take();
  await Promise.all(dead.map((place) => world.rotate(place)));
  const hanging = new Set<string>();
  await until(
    async () => {
      for (const { path } of await world.receiver.take()) hanging.add(path);
      if (paths.some((path) => !hanging.has(path)))
        throw new Error(`${hanging.size} of ${paths.length} hang`);
    },
    { timeout: STALLED_MS, interval: 100 },
  );
}

/** In turn as far as both have some, so that each is met throughout the run. */
function mixed(some: readonly Place[], others: readonly Place[]): Place[] {
  const longest = Math.max(some.length, others.length);
  return Array.from({ length: longest }, (_, index) => [some[index], others[index]])
    .flat()
    .filter((place) => place !== undefined);
}

function addTimes(figures: FigureGroup, passed: readonly Passed[], where = ''): void {
  const suffix = where === '' ? '' : `, ${where}`;
  const times = {
    'Secret to receiver': passed.map(({ writtenAt, arrivedAt }) => arrivedAt - writtenAt),
    'rotation to Secret': passed.map(({ rotatedAt, writtenAt }) => writtenAt - rotatedAt),
  };
  for (const [what, milliseconds] of Object.entries(times)) {
    figures.add(`${what}${suffix}, p50`, quantile(milliseconds, 0.5), 'ms');
    figures.add(`${what}${suffix}, p99`, quantile(milliseconds, 0.99), 'ms');
  }
}

/** What the operator wrote for each, by kind; a conflict is a write, too. */
export function addWrites(figures: FigureGroup, entries: readonly AuditEntry[], count: number): void {
  const writes = writesOf(entries).filter(({ resource }) => resource !== 'events');
  const kinds = Map.groupBy(writes, ({ resource = '', subresource = '' }) =>
    `${resource} ${subresource}`.trim(),
  );
  for (const [kind, found] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)))
    figures.add(`writes for each: ${kind}`, found.length / count, '');
  figures.add('– of them refused', writes.filter(({ code }) => code >= 400).length / count, '');
}

function last(passed: readonly Passed[]): number {
  return Math.max(...passed.map(({ arrivedAt }) => arrivedAt));
}
