/**
 * `npm test`: every test that gates, on real control planes and on programs that stand in for the clouds, and then every
 * fault plan that gates; then a line for each of those programs; the last line is `N passed, N failed`. With arguments,
 * which go to vitest, the fault plans are left out.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRunResult } from '../test/faults/run-faults.ts';
import { REPORT_FILE, toldPeers } from '../test/peers/peer-report.ts';
import { watchMachine } from './run/machine-watch.ts';
import { runStep } from './run/run-steps.ts';
import {
  failureLines,
  failuresIn,
  type Report,
  readReport,
  slowestLine,
  worthAnotherLook,
} from './run/test-report.ts';
import { UNHANDLED_FILE } from './run/unhandled-errors.ts';

const PROJECTS = ['unit', 'environment', 'processes', 'cluster', 'peers'].flatMap((name) => [
  '--project',
  name,
]);
const UNHANDLED_REPORTER = './scripts/run/unhandled-errors.ts';
const NONE: FaultRunResult = { passed: 0, failed: 0, failures: [] };
const BROKEN: FaultRunResult = { ...NONE, failed: 1, broken: 'see above' };

async function vitest(name: string, file: string, args: readonly string[]) {
  process.env[UNHANDLED_FILE] = `${file}.unhandled`;
  const reporters = ['default', UNHANDLED_REPORTER, 'json'].flatMap((one) => ['--reporter', one]);
  const command = ['vitest', 'run', ...reporters, '--outputFile', file, ...args];
  const step = { name, command, help: 'see the first failure above', lastFile: file };
  const { ok, wasOverdue } = await runStep(step, true);
  const report = await readReport(file);
  const unhandled = Number(await readFile(`${file}.unhandled`, 'utf8'));
  const failed = failuresIn(report, ok || unhandled > 0 || (wasOverdue && report.success));
  return { report, failed, unhandled };
}

/** Every plan that gates. A process of its own: whatever it leaves open ends with it. */
async function faults(folder: string): Promise<FaultRunResult> {
  const file = join(folder, 'faults.json');
  const command = [process.execPath, 'scripts/test-faults.ts', '--result', file];
  const step = { name: 'fault plans', command, help: 'see above', lastFile: file };
  const { ok, wasOverdue } = await runStep(step, true);
  if (!existsSync(file)) return BROKEN;
  const told = JSON.parse(await readFile(file, 'utf8')) as FaultRunResult;
  return ok || wasOverdue || told.failed > 0 ? told : BROKEN;
}

/** What a second, quiet run of the few files that failed says of them; `undefined`: they get none. */
async function secondLook(report: Report, folder: string) {
  const files = worthAnotherLook(report);
  if (files.length === 0) return undefined;
  return vitest('what failed, alone', join(folder, 'again.json'), ['--project', 'cluster', ...files]);
}

const disturbances = watchMachine();
const folder = await mkdtemp(join(tmpdir(), 'secretscope-test-'));
try {
  const peers = join(folder, 'peers.jsonl');
  process.env[REPORT_FILE] = peers;
  const args = [...PROJECTS, ...process.argv.slice(2)];
  const { report, failed, unhandled } = await vitest('tests', join(folder, 'report.json'), args);
  const plans = process.argv.length > 2 ? NONE : await faults(folder);
  const again = failed > 0 ? await secondLook(report, folder) : undefined;
  for (const line of await toldPeers(peers)) console.log(line);
  console.log(slowestLine(report));
  // a test that passes only sometimes is told as loudly as one that fails
  for (const line of failureLines(report, again?.failed === 0 ? 'unsteady, passed alone' : 'failed'))
    console.log(line);
  for (const id of plans.failures) console.log(`failed: npm run test:faults -- --plan ${id}`);
  if (plans.broken !== undefined) console.log(`failed: the run of the fault plans broke: ${plans.broken}`);
  for (const line of disturbances()) console.log(line);
  const outside = unhandled + (again?.unhandled ?? 0);
  if (outside > 0) console.log(`failed: ${outside} errors outside of any test: see "Unhandled Errors" above`);
  const stays = again ? again.failed : failed;
  const passes = report.numPassedTests + plans.passed + (stays === 0 ? failed : 0);
  const failures = stays + outside + plans.failed;
  if (report.numPendingTests > 0)
    console.log(`${report.numPendingTests} skipped, each with its reason above`);
  console.log(`${passes} passed, ${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
