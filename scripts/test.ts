/**
 * `npm test`: every test that gates, on real control planes and on programs that stand in for the clouds, and then every
 * fault plan that gates; then a line for each of those programs; the last line is `N passed, N failed`. With arguments,
 * which go to vitest, the fault plans are left out.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATE, runFaults } from '../test/faults/run-faults.ts';
import { REPORT_FILE, toldPeers } from '../test/peers/peer-report.ts';
import { runStep } from './run/run-steps.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const PROJECTS = ['--project', 'unit', '--project', 'cluster', '--project', 'peers'];
const NONE = { passed: 0, failed: 0 };

const folder = await mkdtemp(join(tmpdir(), 'secretscope-test-'));
try {
  const file = join(folder, 'report.json');
  const peers = join(folder, 'peers.jsonl');
  process.env[REPORT_FILE] = peers;
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile', file];
  const command = ['vitest', 'run', ...PROJECTS, ...reporters, ...process.argv.slice(2)];
  const { ok } = await runStep({ name: 'tests', command, help: 'see the first failure above' }, true);
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  // a file that cannot be loaded has no test to count, and must not pass for that
  const failed =
    report.numFailedTests + (ok || report.numFailedTests > 0 ? 0 : Math.max(1, report.numFailedTestSuites));
  const plans =
    process.argv.length > 2 ? NONE : await runFaults({ ...GATE, say: (line) => console.log(line) });
  for (const line of await toldPeers(peers)) console.log(line);
  const [passes, failures] = [report.numPassedTests + plans.passed, failed + plans.failed];
  if (report.numPendingTests > 0)
    console.log(`${report.numPendingTests} skipped, each with its reason above`);
  console.log(`${passes} passed, ${failures} failed`);
  process.exitCode = ok && failures === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
