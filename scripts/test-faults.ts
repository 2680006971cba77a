/**
 * `npm run test:faults`: the main job under faults, on real control planes. A line for each plan; the last line is
 * `N passed, N failed`, unless a file gets the result.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { type FaultRunResult, GATE, runFaults } from '../test/faults/run-faults.ts';
import { runSeededBugs } from '../test/faults/run-seeded-bugs.ts';

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number, please');
  return Number(text);
}

interface Flags {
  readonly all: boolean;
  readonly plan: readonly string[];
  readonly gating: boolean;
  readonly seed: number;
  readonly pairs: number;
  readonly lanes: number;
  readonly list: boolean;
  readonly result?: string;
  readonly seededBugs?: readonly string[] | true;
}

const program = new Command('test:faults')
  .option('--all', 'every plan, not only those that gate', false)
  .option('--plan <id...>', 'only plans whose id contains one of these', [])
  .option('--gating', 'of those named by --plan only what gates', false)
  .option('--seed <number>', 'draws the pairs of faults', wholeNumber, GATE.seed)
  .option('--pairs <count>', 'how many pairs are drawn', wholeNumber, GATE.pairs)
  .option('--lanes <count>', 'control planes side by side', wholeNumber, GATE.lanes)
  .option(
    '--seeded-bugs [id...]',
    'prove the plans: which of the bugs seeded into copies of the sources are caught',
  )
  .option('--result <file>', 'write there what passed and what failed, as JSON, when all is done')
  .option('--list', 'say which plans there are, and run none', false)
  .parse();
const { plan, seededBugs, result, ...flags } = program.opts<Flags>();
const say = (line: string) => console.log(line);

/** Where no lane can be opened, or a scenario does not hold without a fault, whoever reads only the end has to know. */
function brokenRun(error: unknown): FaultRunResult {
  console.error(error);
  return {
    passed: 0,
    failed: 1,
    failures: [],
    broken: error instanceof Error ? error.message : String(error),
  };
}

const told =
  seededBugs === undefined
    ? await runFaults({ ...flags, plans: plan, say }).catch(brokenRun)
    : await runSeededBugs({ bugs: seededBugs === true ? [] : seededBugs, lanes: flags.lanes, say });
process.exitCode = told.failed === 0 ? 0 : 1;
if (result === undefined) console.log(`${told.passed} passed, ${told.failed} failed`);
else {
  // whoever reads it meanwhile must not find half of it
  writeFileSync(`${result}.part`, JSON.stringify(told));
  renameSync(`${result}.part`, result);
}
// said only while something keeps this process
setTimeout(() => say(`still open: ${process.getActiveResourcesInfo().join(', ')}`), 10_000).unref();
