/**
 * `npm test`: every test that gates, on real control planes and on programs that stand in for the clouds, and then every
 * fault plan that gates; then a line for each of those programs; the last line is `N passed, N failed`. With arguments,
 * which go to vitest, the fault plans are left out.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { GATE, runFaults } from '../test/faults/run-faults.ts';
import { REPORT_FILE, toldPeers } from '../test/peers/peer-report.ts';
import { runStep } from './run/run-steps.ts';

interface TestFile {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

interface Report {
  readonly testResults: readonly TestFile[];
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const PROJECTS = ['--project', 'unit', '--project', 'cluster', '--project', 'peers'];
const NONE = { passed: 0, failed: 0, failures: [] };
const SLOWEST = 12;
/** Of a failure's text: what is said first, not the whole stack. */
const TOLD_CHARACTERS = 1_500;

const short = (file: string) => relative(process.cwd(), file);

/** Told once more at the end: whoever keeps only the end of a long log has to find what failed. */
function failureLines({ testResults }: Report): string[] {
  return testResults.flatMap((file) => [
    ...(file.message ? [`failed: ${short(file.name)}: ${file.message.slice(0, TOLD_CHARACTERS)}`] : []),
    ...file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(
        ({ fullName, failureMessages }) =>
          `failed: ${short(file.name)}: ${fullName}\n  ${(failureMessages ?? []).join('\n').slice(0, TOLD_CHARACTERS)}`,
      ),
  ]);
}

function slowestLine({ testResults }: Report): string {
  const told = testResults
    .toSorted((a, b) => b.endTime - b.startTime - (a.endTime - a.startTime))
    .slice(0, SLOWEST)
    .map(({ name, startTime, endTime }) => `${basename(name)} ${Math.round((endTime - startTime) / 1000)} s`);
  return `slowest: ${told.join(', ')}`;
}

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
  console.log(slowestLine(report));
  for (const line of failureLines(report)) console.log(line);
  for (const id of plans.failures) console.log(`failed: npm run test:faults -- --plan ${id}`);
  const [passes, failures] = [report.numPassedTests + plans.passed, failed + plans.failed];
  if (report.numPendingTests > 0)
    console.log(`${report.numPendingTests} skipped, each with its reason above`);
  console.log(`${passes} passed, ${failures} failed`);
  process.exitCode = ok && failures === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
