/**
 * Owns: going one way and back in a settled world: a field is changed, broken and mended, and nothing of it is left.
 * Used by: run-transitions.ts. One operator lives through many of these, as it does where people try things.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Thing } from '../../scenarios-support/person.ts';
import { until } from '../../scenarios-support/until.ts';
import type { CleanRun } from '../clean-run.ts';
import { type Digest, differences, digestOf } from '../digest.ts';
import { gather } from '../gather-evidence.ts';
import { boundedRetries } from '../oracles/bounded-retries.ts';
import { guardedWrites } from '../oracles/guarded-writes.ts';
import { noLeaks } from '../oracles/no-leaks.ts';
import type { Oracle } from '../oracles/oracle.ts';
import { silence } from '../oracles/silence.ts';
import type { Stage } from '../stage.ts';
import type { Step, Transition, TransitionWorld } from './transition.ts';

// a wrong backend or a refused identity is looked at again after a back-off
const BOUND_MS = 20_000;
const SILENCE_MS = 1_000;
// a world is compared with for fifteen plans
const SETTLED_MS = 1_500;

/** Those that need no scenario to say what has to be delivered. */
const ORACLES: Readonly<Record<string, Oracle>> = {
  'guarded writes': guardedWrites,
  'bounded retries': boundedRetries,
  silence,
  'no leaks': noLeaks,
};

/** The settled world, as a transition has to leave it. */
export interface Settled {
  readonly digest: Digest;
  readonly delayed: number;
}

export async function settledWorld(stage: Stage, { asks = 0, waits = 0 }: TransitionWorld): Promise<Settled> {
  return untilQuiet(stage, async () => {
    const seen = steady(await digestOf(stage.lane));
    if (seen.requests.length !== asks)
      throw new Error(`not settled: ${seen.requests.length} of ${asks} requests are made`);
    // an operator that waits for its first token writes nothing, and has not settled
    const unseen = seen.lines.find((line) => line.includes(' not observed '));
    if (unseen !== undefined) throw new Error(`not settled: ${unseen}`);
    // a key that is looked at does not wait, and does again
    const first = await stage.delayed();
    await pause(SETTLED_MS);
    const different = differences(seen, steady(await digestOf(stage.lane)));
    if (different.length > 0) throw new Error(`not settled: ${different.join('\n')}`);
    const delayed = Math.max(first, await stage.delayed());
    if (delayed < waits) throw new Error(`not settled: ${delayed} of ${waits} keys wait for a time`);
    return { digest: seen, delayed };
  });
}

/** One line for each violation. */
export async function runTransition(
  { thing, steps }: Transition,
  stage: Stage,
  before: Settled,
): Promise<string[]> {
  await stage.begin();
  try {
    for (const step of steps) await take(step, stage, before);
    await stage.lane.hands.have(thing);
    await untilBack(stage, before);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  await pause(SILENCE_MS);
  const clean: CleanRun = {
    before: before.digest,
    after: before.digest,
    writes: [],
    events: [],
    counts: new Map(),
    delayed: before.delayed,
  };
  const evidence = await gather(stage, clean, 0);
  return Object.entries(ORACLES).flatMap(([name, oracle]) =>
    oracle(evidence).map((violation) => `${name}: ${violation}`),
  );
}

async function take({ what, thing }: Step, stage: Stage, before: Settled): Promise<void> {
  const { status, message } = await stage.lane.hands.tryOn(thing);
  const isRefused = status >= 400 && status < 500;
  if (isRefused !== (what === 'refused'))
    throw new Error(`the API server answered ${what} with ${status} ${message}`);
  if (isRefused) await requireSame(stage, before);
  else await untilQuiet(stage, () => requireObserved(stage, thing));
}

interface Observed {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number };
}

async function requireObserved(stage: Stage, thing: Thing): Promise<void> {
  const found = await stage.lane.hands.find<Observed>(thing);
  const { metadata, status } = found ?? { metadata: { generation: -1 }, status: {} };
  if (status?.observedGeneration !== metadata.generation)
    throw new Error(`${thing.kind} ${thing.metadata.name} was not looked at after it was changed`);
}

async function untilBack(stage: Stage, before: Settled): Promise<void> {
  await untilQuiet(stage, async () => {
    await requireSame(stage, before);
    const delayed = await stage.delayed();
    if (delayed > before.delayed)
      throw new Error(`convergence: ${delayed} keys wait for a time, not ${before.delayed}`);
  });
  stage.times.settled = performance.now();
}

async function requireSame(stage: Stage, { digest }: Settled): Promise<void> {
  const different = differences(digest, steady(await digestOf(stage.lane)));
  if (different.length > 0) throw new Error(`convergence: ${different.join('\n')}`);
}

function untilQuiet<T>(stage: Stage, look: () => Promise<T>): Promise<T> {
  const since = performance.now();
  return until(
    async () => {
      await stage.requireIdle(since);
      const seen = await look();
      // the world was read while it may have been written
      await stage.requireIdle(since);
      return seen;
    },
    { timeout: BOUND_MS, interval: 150 },
  );
}

// what an automation has told of the way is told
const TOLD = /"(delivered|undelivered)":\d+|"(told|lastDelivery)":\{[^{}]*\},?/g;
// the object is another generation after it was changed and mended
const GENERATION = /"(observedGeneration|generation)":\d+,?/g;
// what a backend is known of after a minute, and what it was asked since
const IN_TIME = /,?\{[^{}]*"type":"EventsMissing"\}|"callsToday":\{[^{}]*\},?/g;
// a plan that was another one for a while is asked for anew: its number, and the requests before it
const NUMBER = /-\d+$/;

/** Without what remembers the way, as it has to. */
function steady(digest: Digest): Digest {
  // `namespace/name State`; the longest first, so that none is taken for the beginning of another
  const names = digest.requests
    .map((request) => request.split(/[/ ]/)[1] ?? '')
    .toSorted((a, b) => b.length - a.length);
  const lines = digest.lines
    .filter((line) => !/"state":"(Superseded|Withdrawn)"/.test(line))
    .map((line) => (line.startsWith('WebhookAutomation ') ? line.replaceAll(TOLD, '') : line))
    .map((line) => names.reduce((text, name) => text.replaceAll(name, name.replace(NUMBER, '')), line))
    .map((line) => line.replaceAll(GENERATION, '').replaceAll(IN_TIME, ''));
  return { ...digest, lines };
}
