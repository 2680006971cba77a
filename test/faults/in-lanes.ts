/** Owns: sharing work between lanes. Used by: whoever runs scenarios or plans. */
import { Lane } from './lane.ts';

/** Something that one lane does. */
export type Job = (lane: Lane) => Promise<void>;

/** Each lane takes the next item when it has done one. */
export async function inLanes<T>(
  lanes: readonly Lane[],
  items: readonly T[],
  work: (lane: Lane, item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(lane, item);
    }),
  );
}

/** The first lane does what is only its own, and then a new one in its place helps the others with the rest. */
export async function inTwoQueues(
  lanes: readonly Lane[],
  own: readonly Job[],
  rest: readonly Job[],
): Promise<void> {
  const queue = [...rest];
  const help = async (lane: Lane) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await job(lane);
  };
  const [first, ...others] = lanes;
  const begin = async () => {
    if (first === undefined || own.length === 0) return first && help(first);
    for (const job of own) await job(first);
    const more = await Lane.openAll('faults-more', 1);
    try {
      await Promise.all(more.map(help));
    } finally {
      await Promise.all(more.map((lane) => lane.close()));
    }
  };
  await Promise.all([begin(), ...others.map(help)]);
}
