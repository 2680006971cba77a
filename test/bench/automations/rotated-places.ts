/**
 * Owns: rotating secrets and following each to its receiver: the rotation and the Secret by the API server's audit log,
 * the arrival by the receiver's clock, which is that of the same machine.
 * Called by: automation-bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditEntry } from '../../cluster/audit-log.ts';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { OPERATOR } from '../../scenarios-support/requests.ts';
import { requireRunning } from '../materialize/operator-state.ts';
import { allOf } from '../raw-client.ts';
import { type AutomationsAtWork, type Place, pathIn, sourceOf, targetOf } from './automations-at-work.ts';

const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 250;
const CHANGES = new Set(['patch', 'update']);

/** Milliseconds since 1970. */
export interface Passed {
  readonly place: Place;
  readonly rotatedAt: number;
  readonly writtenAt: number;
  readonly arrivedAt: number;
}

export interface RotatedPlaces {
  readonly passed: readonly Passed[];
  readonly entries: readonly AuditEntry[];
  /** how often something arrived, so far */
  readonly arrivals: number;
}

/** Each place once; as many as 32 at once if `perSecond` is undefined. */
export async function rotateAll(
  world: AutomationsAtWork,
  operator: OperatorProcess,
  places: readonly Place[],
  perSecond: number | undefined,
): Promise<RotatedPlaces> {
  await world.cluster.audit.skip();
  await world.receiver.take();
  const rotating =
    perSecond === undefined
      ? allOf(places, (place) => world.rotate(place))
      : paced(places, perSecond, (place) => world.rotate(place));
  const entries: AuditEntry[] = [];
  const arrivals = new Map<string, number>();
  let count = 0;
  const end = performance.now() + PATIENCE_MS;
  while (places.some((place) => !arrivals.has(pathIn(place)))) {
    if (performance.now() > end) throw new Error(`${arrivals.size} of ${places.length} deliveries arrived`);
    requireRunning(operator);
    await pause(LOOK_EVERY_MS);
    entries.push(...(await world.cluster.audit.read()));
    // the first of each: a delivery may arrive more than once
    const news = await world.receiver.take();
    count += news.length;
    for (const { path, at } of news) if (!arrivals.has(path)) arrivals.set(path, at);
  }
  await rotating;
  return { entries, arrivals: count, passed: passedOf(places, entries, arrivals) };
}

async function paced(
  places: readonly Place[],
  perSecond: number,
  rotate: (place: Place) => Promise<void>,
): Promise<void> {
  const begun = performance.now();
  const running: Promise<void>[] = [];
  for (const [index, place] of places.entries()) {
    await pause(Math.max(0, begun + (index * 1000) / perSecond - performance.now()));
    running.push(rotate(place));
  }
  await Promise.all(running);
}

function passedOf(
  places: readonly Place[],
  entries: readonly AuditEntry[],
  arrivals: ReadonlyMap<string, number>,
): Passed[] {
  const writes = entries.filter(
    ({ resource, verb, code }) => resource === 'secrets' && CHANGES.has(verb) && code < 300,
  );
  const rotated = firstByName(writes.filter(({ user }) => user !== OPERATOR));
  const written = firstByName(writes.filter(({ user }) => user === OPERATOR));
  return places.map((place) => {
    const rotatedAt = rotated.get(sourceOf(place.name));
    const writtenAt = written.get(targetOf(place.name));
    const arrivedAt = arrivals.get(pathIn(place));
    if (rotatedAt === undefined || writtenAt === undefined || arrivedAt === undefined)
      throw new Error(`the audit log does not tell when ${place.name} was rotated, or written`);
    return { place, rotatedAt, writtenAt, arrivedAt };
  });
}

function firstByName(entries: readonly AuditEntry[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { name = '', timestamp } of entries)
    times.set(name, Math.min(times.get(name) ?? Number.POSITIVE_INFINITY, timestamp.getTime()));
  return times;
}
