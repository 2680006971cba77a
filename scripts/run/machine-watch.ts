/**
 * Owns: whether the machine stood still, or its clock was set, while tests ran: leaders lose their Leases, and what was
 * under way takes too long. Used by: test.ts, which tells it beside what failed.
 */

export interface Moment {
  /** milliseconds of a clock that nobody sets; it may stand still with the machine */
  readonly monotonic: number;
  /** milliseconds of the clock that people read */
  readonly wall: number;
}

const LOOK_MS = 1_000;
/** Less than any patience of a test, and than a Lease. */
const TOLERATED_MS = 5_000;

/** What happened between two looks that should be a second apart; `undefined`: nothing. */
export function disturbance(before: Moment, after: Moment): string | undefined {
  const ran = after.monotonic - before.monotonic;
  const set = after.wall - before.wall - ran;
  const at = `before ${new Date(after.wall).toISOString()}`;
  if (Math.abs(set) > TOLERATED_MS) return `its clock was set by ${seconds(set)} s ${at}`;
  if (ran - LOOK_MS > TOLERATED_MS) return `it stood still for ${seconds(ran - LOOK_MS)} s ${at}`;
  return undefined;
}

/** Answers a function that ends the watch and tells what was seen. */
export function watchMachine(): () => readonly string[] {
  const seen: string[] = [];
  let last = now();
  const timer = setInterval(() => {
    const current = now();
    const what = disturbance(last, current);
    if (what !== undefined) seen.push(`the machine was disturbed: ${what}`);
    last = current;
  }, LOOK_MS);
  // whoever is watched keeps the process; the watch does not
  timer.unref();
  return () => {
    clearInterval(timer);
    return seen;
  };
}

const now = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

const seconds = (milliseconds: number) => Math.round(milliseconds / 1000);
