/** For tests of feeds: time that a test decides on, beside requests that are real. */
import { setTimeout as realTime } from 'node:timers/promises';
import type { SteppedClock } from '../../../test/contract/stepped-clock.ts';
import type { ChangeFeed } from './change-feed.ts';

const STEP_MS = 200;
const PATIENCE_STEPS = 8_000;

/** Lets time pass, a fifth of a second for each millisecond or two, until it is so. */
export async function passUntil(clock: SteppedClock, isSo: () => boolean): Promise<void> {
  for (let step = 0; step < PATIENCE_STEPS; step++) {
    if (isSo()) return;
    await realTime(1);
    await clock.pass(STEP_MS);
  }
  throw new Error('it never came to that');
}

/** A fifth of a second for each millisecond or two, so that requests under way are answered in time. */
export async function letPass(clock: SteppedClock, ms: number): Promise<void> {
  const until = clock.monotonic() + ms;
  await passUntil(clock, () => clock.monotonic() >= until);
}

/** Without time passing on the clock of the feed. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let step = 0; step < PATIENCE_STEPS; step++) {
    if (isSo()) return;
    await realTime(1);
  }
  throw new Error('it never came to that');
}

export interface Heard {
  /** `*` stands for any key */
  readonly hints: string[];
  readonly states: string[];
  readonly stop: () => void;
}

/** `onHint` sees each hint before it counts as heard. */
export function listenTo(feed: ChangeFeed, onHint: () => void = () => undefined): Heard {
  const heard: Omit<Heard, 'stop'> = { hints: [], states: [] };
  feed.onLive((live, code) => heard.states.push(`${live ? 'live' : 'down'} ${code}`));
  const stop = feed.watch((key) => {
    onHint();
    heard.hints.push(key ?? '*');
  });
  return { ...heard, stop };
}
