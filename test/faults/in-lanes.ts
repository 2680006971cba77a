/** Owns: sharing work between lanes. Used by: whoever runs scenarios or plans. */
import type { Lane } from './lane.ts';

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
