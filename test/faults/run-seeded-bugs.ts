/**
 * Owns: the proof that the harness finds bugs: each seeded one is put into a copy of the sources, and the plans that
 * have to catch it run against that operator. Used by: scripts/test-faults.ts.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CleanRun, runClean } from './clean-run.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { SCENARIOS } from './fault-scenarios.ts';
import { inLanes } from './in-lanes.ts';
import { Lane } from './lane.ts';
import { type OfferedPlan, plansFor } from './make-plans.ts';
import { runPlan } from './plan.ts';
import { SEEDED_BUGS } from './seeded-bugs/all-seeded-bugs.ts';
import { filesOf, type SeededBug, seeded } from './seeded-bugs/seeded-bug.ts';
import { inOneWorld, TRANSITIONS } from './transitions/run-transitions.ts';
import type { Transition } from './transitions/transition.ts';

export interface SeededRunOptions {
  /** only bugs whose id contains one of these; all if empty */
  readonly bugs: readonly string[];
  readonly lanes: number;
  readonly say: (line: string) => void;
}

type Catch =
  | { readonly kind: 'caught'; readonly by: string }
  | { readonly kind: 'missed'; readonly why: string };

const ROOT = join(import.meta.dirname, '..', '..');
const COPIED = ['src', 'package.json', 'tsconfig.json'];

/** Passed is caught, failed is missed. */
export async function runSeededBugs(options: SeededRunOptions): Promise<{ passed: number; failed: number }> {
  const { bugs, say } = options;
  const chosen = SEEDED_BUGS.filter(({ id }) => bugs.length === 0 || bugs.some((part) => id.includes(part)));
  const lanes = await Lane.openAll('seeded', Math.min(options.lanes, chosen.length));
  let caught = 0;
  try {
    const known = new Map<FaultScenario, CleanRun>();
    const scenarios = SCENARIOS.filter((scenario) => chosen.some((bug) => isAbout(bug, scenario)));
    await inLanes(lanes, scenarios, async (lane, scenario) => {
      known.set(scenario, await runClean(lane, scenario));
    });
    say(`${chosen.length} seeded bugs on ${scenarios.length} scenarios`);
    // what shares a world leaves namespaces behind that plans of old lists would meet
    const ordered = chosen.toSorted((a, b) => Number(isOfTransitions(a)) - Number(isOfTransitions(b)));
    await inLanes(lanes, ordered, async (lane, bug) => {
      const verdict = await tryBug(lane, bug, known);
      if (verdict.kind === 'caught') caught += 1;
      say(verdict.kind === 'caught' ? `✓ ${bug.id}: ${verdict.by}` : `✗ ${bug.id} is MISSED: ${verdict.why}`);
    });
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return { passed: caught, failed: chosen.length - caught };
}

const isAbout = ({ plans }: SeededBug, { name }: FaultScenario) => plans.includes(name);

const isOfTransitions = ({ plans }: SeededBug) => plans.some((word) => word.startsWith('transitions'));

async function tryBug(
  lane: Lane,
  bug: SeededBug,
  known: ReadonlyMap<FaultScenario, CleanRun>,
): Promise<Catch> {
  const root = await spoiltCopy(bug);
  lane.useSources(root);
  try {
    const transitions = TRANSITIONS.filter(({ id }) => bug.plans.every((word) => id.includes(word)));
    if (transitions.length > 0) return await tryTransitions(lane, transitions);
    for (const [scenario, clean] of known) {
      if (!isAbout(bug, scenario)) continue;
      const plans = plansFor(scenario, clean).filter(({ id }) =>
        bug.plans.every((word) => id.includes(word)),
      );
      return await tryPlans(lane, plans, clean);
    }
    return { kind: 'missed', why: `no scenario has one of these names: ${bug.plans.join(', ')}` };
  } finally {
    lane.useSources(undefined);
    await rm(root, { recursive: true, force: true });
  }
}

async function tryPlans(lane: Lane, plans: readonly OfferedPlan[], clean: CleanRun): Promise<Catch> {
  const unusable: string[] = [];
  for (const plan of plans) {
    const verdict = await runPlan(plan, lane, clean);
    if (verdict.kind === 'violated')
      return { kind: 'caught', by: `${plan.id}: ${verdict.violations[0]?.split('\n')[0]?.slice(0, 160)}` };
    if (verdict.kind === 'notCarriedOut') unusable.push(`${plan.id}: ${verdict.why.slice(0, 300)}`);
  }
  return { kind: 'missed', why: [`${plans.length} plans tried`, ...unusable].join('; ') };
}

async function tryTransitions(lane: Lane, transitions: readonly Transition[]): Promise<Catch> {
  for await (const { transition, found } of inOneWorld(lane, transitions)) {
    const [first] = found;
    if (first !== undefined)
      return { kind: 'caught', by: `${transition.id}: ${first.split('\n')[0]?.slice(0, 160)}` };
  }
  return { kind: 'missed', why: `${transitions.length} transitions tried` };
}

/** Somewhere else, so that no watcher and no editor sees it. */
async function spoiltCopy(bug: SeededBug): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), `secretscope-${bug.id}-`));
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'dir');
  for (const file of filesOf(bug)) {
    const path = join(copy, file);
    await writeFile(path, seeded(bug, file, await readFile(path, 'utf8')));
  }
  return copy;
}
