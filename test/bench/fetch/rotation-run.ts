/**
 * Owns: the figures of rotations: an organization secret changes, and every scope wants it.
 * Called by: cloud-child.ts.
 */
import { type FigureGroup, quantile } from '../figures.ts';
import type { FleetStage } from './fleet-stage.ts';

export interface Rotations {
  /** how changes are heard of, as the figures say it */
  readonly how: string;
  /** each of a secret of its own */
  readonly count: number;
  /** at random moments of so many milliseconds */
  readonly withinMs: number;
  /** an aim for the value reads of each */
  readonly hasAim: boolean;
}

/** A change on its way to those who want it. */
interface Rotation {
  readonly beganAt: number;
  readonly version: string | undefined;
  /** keys of scopes */
  readonly waiting: Set<string>;
}

// two intervals of the slowest: 50,100 keys of Google are compared every four hours
const LIMIT_MS = 10 * 3_600_000;
// at 20 at a time 27 s for 1,000 scopes, the p99 of a rotation in docs/reference/benchmarks.md
const WRITE_MS = 540;

export async function rotationRun(
  stage: FleetStage,
  { how, count, withinMs, hasAim }: Rotations,
  figures: FigureGroup,
): Promise<void> {
  const reads = stage.provider.valueReads;
  const delays = await rotateAll(stage, count, withinMs);
  const perRotation = (stage.provider.valueReads - reads) / count;
  figures.add(`value reads for one rotation, ${how}`, perRotation, '', hasAim ? { exactly: 1 } : undefined);
  if (hasAim) figures.add('– one read for each reference', stage.world.scopes.length, '');
  figures.add(`until the last scope has it, ${how}: p50 of ${count}`, quantile(delays, 0.5) / 1_000, 's');
  figures.add(`until the last scope has it, ${how}: p99 of ${count}`, quantile(delays, 0.99) / 1_000, 's');
}

/** What one pushed rotation costs, and what it would with an API server that takes its time. */
export async function rotationCost(stage: FleetStage, how: string, figures: FigureGroup): Promise<void> {
  const { provider, fleet } = stage;
  const before = provider.bill.requests;
  await rotateAll(stage, 1, 0);
  figures.add(`calls for one rotation, ${how}`, provider.bill.requests - before, '');
  const reads = provider.valueReads;
  fleet.writeMs = WRITE_MS;
  const [ms = Number.NaN] = await rotateAll(stage, 1, 0);
  fleet.writeMs = 0;
  figures.add(`value reads, ${how}, if a write takes ${WRITE_MS} ms`, provider.valueReads - reads, '');
  figures.add(`until the last scope has it, ${how}, if a write takes ${WRITE_MS} ms`, ms / 1_000, 's');
}

/** Simulated milliseconds until every scope had the new version, for each. */
async function rotateAll(stage: FleetStage, count: number, withinMs: number): Promise<number[]> {
  const { clock, fleet, world, random } = stage;
  const delays: number[] = [];
  const under = new Map<string, Rotation>();
  fleet.onDelivered = (scope, { key }, version) => {
    const rotation = under.get(key);
    if (rotation?.version !== version || !rotation.waiting.delete(scope.key)) return;
    if (rotation.waiting.size === 0) delays.push(clock.monotonic() - rotation.beganAt);
  };
  for (const key of world.inheritedKeys.slice(0, count))
    clock.after(random() * withinMs, () => under.set(key, begin(stage, key)));
  await clock.until(() => delays.length === count, withinMs + LIMIT_MS);
  fleet.onDelivered = () => undefined;
  return [...delays, ...Array<number>(count - delays.length).fill(Number.POSITIVE_INFINITY)];
}

function begin({ clock, provider, world }: FleetStage, key: string): Rotation {
  provider.rotate(key);
  const waiting = new Set(world.scopes.map((scope) => scope.key));
  return { beganAt: clock.monotonic(), version: provider.versionOf(key), waiting };
}
