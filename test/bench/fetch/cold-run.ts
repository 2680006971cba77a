/**
 * Owns: the figures of a cold start: nothing is delivered, nothing is known, and every scope waits.
 * Called by: cloud-child.ts.
 */
import type { FigureGroup } from '../figures.ts';
import type { FleetStage } from './fleet-stage.ts';
import { keysOf } from './fleet-world.ts';
import { TenantProgress } from './tenant-progress.ts';

// 1.04 times a call for 20 secrets
const AWS_AIM = { scopes: 2_000, atMost: 2_600 };

/** A start without trouble, for comparison; milliseconds. */
export interface ColdStart {
  readonly ms: number;
  readonly longestWaitMs: number;
  readonly idleMinutes: number;
}

export async function coldRun(stage: FleetStage, figures: FigureGroup): Promise<ColdStart> {
  const { world, provider, profile, fleet } = stage;
  const progress = new TenantProgress(stage);
  const ms = await stage.complete();
  const references = world.scopes.reduce((sum, { lines }) => sum + lines.length, 0);
  const hasAim = profile.name === 'aws' && world.scopes.length === AWS_AIM.scopes;
  figures
    .add('calls until every scope has its values', provider.bill.requests, '', hasAim ? AWS_AIM : undefined)
    .add('– one read for each reference', references, '')
    .add('value reads', provider.valueReads, '')
    .add('– secrets that there are', keysOf(world).length, '')
    .add('simulated time', ms / 1_000, 's');
  for (const [what, share] of sharesOf(stage, ms)) figures.add(what, share, '');
  figures.add('busiest moment of a quota of the provider', provider.quotaPeak, '');
  figures.add('reconciles that waited at once, on average', fleet.times.underWay(ms), '');
  return { ms, longestWaitMs: progress.longestWait(0), idleMinutes: progress.idleMinutes(0) };
}

/** What there is a bound of, and how much of it was used; the most used one bounds. */
function sharesOf({ profile, provider, fleet }: FleetStage, ms: number): [string, number][] {
  const { callsPerSecond, concurrency } = profile.capabilities;
  const seconds = ms / 1_000;
  const shares: [string, number][] = [
    // a full bucket besides
    [`our rate, of ${callsPerSecond} calls/s`, fleet.calls.count / (callsPerSecond * (seconds + 1))],
    [`latency, of ${concurrency} calls in flight`, fleet.calls.ms / (concurrency * ms)],
    ['quota of the provider, the most used', provider.quotaShare(ms)],
  ];
  const most = Math.max(...shares.map(([, share]) => share));
  return shares.map(([what, share]) => [share === most ? `${what}: this bounds it` : what, share]);
}
