import { type Clock, sleep } from '../kube/clock.ts';

// what cannot be listed by then must not keep everything else waiting
const LOOK_MS = 10_000;

/** Resolves when every first look has had an answer, whatever it was, or after ten seconds. */
export async function whenLooked(clock: Clock, looks: Iterable<Promise<unknown>>): Promise<void> {
  const enough = new AbortController();
  const all = Promise.all(looks).then(() => enough.abort());
  await Promise.race([all, sleep(clock, LOOK_MS, enough.signal)]);
}
