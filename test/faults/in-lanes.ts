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
  const jobs = items.map(
    (item): Job =>
      (lane) =>
        work(lane, item),
  );
  await Promise.all(lanes.map((lane) => doAll(jobs, lane)));
}

/** Of six lanes: what shares worlds takes as long as a third of everything, and one lane would be the last to end. */
const OWNERS = 2;

/** The first lanes do what is only their own, and then new ones in their places help the others with the rest. */
export async function inTwoQueues(
  lanes: readonly Lane[],
  own: readonly Job[],
  rest: readonly Job[],
): Promise<void> {
  const [first, second] = [[...own], [...rest]];
  const owning = async (lane: Lane) => {
    if (!(await doAll(first, lane))) return doAll(second, lane);
    const fresh = await Lane.openAll('faults-more', 1);
    try {
      return await Promise.all(fresh.map((one) => doAll(second, one)));
    } finally {
      await Promise.all(fresh.map((one) => one.close()));
    }
  };
  await Promise.all(lanes.map((lane, index) => (index < OWNERS ? owning(lane) : doAll(second, lane))));
}

/** Whether there was anything left to do. */
async function doAll(queue: Job[], lane: Lane): Promise<boolean> {
  let did = false;
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    did = true;
    await job(lane);
  }
  return did;
}
