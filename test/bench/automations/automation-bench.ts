/**
 * Owns: the benchmark `automations`: from a rotation to the receiver of its webhook, alone and beside receivers that
 * hang, how fast a queue is sent, and what queues cost while nobody listens.
 * Called by: scripts/bench.ts.
 */
import { parseArgs } from 'node:util';
import { type Bench, BenchUsage, countsFrom } from '../bench-module.ts';
import { type Figure, FigureGroup } from '../figures.ts';
import { AutomationsAtWork } from './automations-at-work.ts';
import { besideDeadReceivers, burst } from './delivery-runs.ts';
import { idleMinute, restFootprint } from './idle-automations.ts';
import { drained, queuedFootprint } from './queue-runs.ts';

const COUNTS = {
  automations: '1000',
  namespaces: '50',
  rotations: '160',
  'per-second': '5',
  dead: '1,20',
  queued: '10',
  sent: '2',
  'idle-seconds': '60',
} as const;

export const automations: Bench = async (flags, started) => {
  const counts = choose(flags);
  const one = (flag: keyof typeof COUNTS) => counts[flag][0] ?? 0;
  const world = await AutomationsAtWork.start(one('automations'), one('namespaces'), started);
  const size = world.places.length.toLocaleString('en');
  const group = (what: string) => new FigureGroup(`${size} automations, ${what}`);
  await world.prepare();
  const figures: Figure[] = [];
  const resting = group('nothing happens');
  const rest = await restFootprint(world, (operator) =>
    idleMinute(world, operator, one('idle-seconds'), resting),
  );
  figures.push(...resting.figures);
  figures.push(...(await burst(world, one('rotations'), group(`${one('rotations')} rotated at once`))));
  const pace = { rotations: one('rotations'), perSecond: one('per-second'), dead: counts.dead };
  figures.push(...(await besideDeadReceivers(world, pace, (what) => group(what))));
  const each = one('queued');
  const queued = group(`${(each * world.places.length).toLocaleString('en')} deliveries queued`);
  await queuedFootprint(world, each, rest, queued);
  await drained(world, one('sent'), queued);
  return [...figures, ...queued.figures];
};

type Counts = Readonly<Record<keyof typeof COUNTS, readonly number[]>>;

function choose(flags: readonly string[]): Counts {
  try {
    const names = Object.keys(COUNTS) as (keyof typeof COUNTS)[];
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    const { values } = parseArgs({ args: [...flags], options });
    const pairs = names.map((name) => [name, countsFrom(`--${name}`, String(values[name] ?? COUNTS[name]))]);
    return Object.fromEntries(pairs) as Counts;
  } catch (error) {
    if (error instanceof TypeError) throw new BenchUsage(error.message);
    throw error;
  }
}
