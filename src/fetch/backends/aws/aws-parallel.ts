/** A few requests at a time. Called where AWS takes one secret a request. */

import type { Refusal } from '../../port.ts';

/** Of one call; a scheduler has up to eight calls in flight. */
export const REQUESTS_AT_ONCE = 5;

/** One result for each item, in order. Rejects with the first error, after which nothing new begins. */
export async function inParallel<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const lane = async () => {
    // the iterator is shared: each lane takes the next item that nobody has
    for (const [index, item] of waiting) results[index] = await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_AT_ONCE, items.length) }, lane));
  return results;
}

/**
 * As inParallel, until AWS asks for silence or does not take the identity: that holds for the whole call, so the rest
 * gets the same answer unasked.
 */
export function inParallelWhileWelcome<T, R extends object>(
  items: readonly T[],
  task: (item: T) => Promise<R>,
): Promise<(R | Refusal)[]> {
  let refusal: Refusal | undefined;
  return inParallel(items, async (item) => {
    if (refusal) return refusal;
    const answer = await task(item);
    if (isForAll(answer)) refusal = answer;
    return answer;
  });
}

function isForAll(answer: object): answer is Refusal {
  return 'kind' in answer && (answer.kind === 'throttled' || answer.kind === 'identityUnavailable');
}
