/**
 * Puts one fault at a time into a copy of the sources and runs the tests that have to notice it.
 * A mutant that no test kills is a rule that nobody checks. `npm run mutants -- WORD…` runs those whose name or
 * file contains one of the words.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { MUTATIONS as MODEL_AND_RESOLVE, type Mutation } from './mutations.ts';
import { APPROVAL_MUTATIONS } from './mutations-approval.ts';
import { CLAIM_MUTATIONS } from './mutations-claims.ts';
import { EXEC_MUTATIONS } from './mutations-exec.ts';
import { FOREIGN_MUTATIONS } from './mutations-foreign.ts';
import { GATE_MUTATIONS } from './mutations-gate.ts';
import { MASK_MUTATIONS } from './mutations-mask.ts';
import { MASKING_TEXT_MUTATIONS } from './mutations-masking-text.ts';
import { MATERIALIZE_MUTATIONS } from './mutations-materialize.ts';
import { OBSERVE_MUTATIONS } from './mutations-observe.ts';
import { RECONCILE_MUTATIONS } from './mutations-reconcile.ts';
import { SEAL_MUTATIONS } from './mutations-seal.ts';

const MUTATIONS = [
  ...MODEL_AND_RESOLVE,
  ...GATE_MUTATIONS,
  ...APPROVAL_MUTATIONS,
  ...CLAIM_MUTATIONS,
  ...MATERIALIZE_MUTATIONS,
  ...RECONCILE_MUTATIONS,
  ...MASK_MUTATIONS,
  ...MASKING_TEXT_MUTATIONS,
  ...EXEC_MUTATIONS,
  ...FOREIGN_MUTATIONS,
  ...SEAL_MUTATIONS,
  ...OBSERVE_MUTATIONS,
];

const ROOT = join(import.meta.dirname, '..');
// the last two: what tests hold against the sources
const COPIED = ['src', 'test', 'vitest.config.ts', 'package.json', 'tsconfig.json', 'docs', 'deploy'];
const WORKERS = 2;
// a mutant that loops for ever is noticed too
const TIMEOUT_MS = 60_000;
// all of the tests at once, and nothing ends them early
const BASELINE_MS = 600_000;

type Verdict =
  | { readonly kind: 'killed'; readonly by: readonly string[] }
  | { readonly kind: 'survived' }
  | { readonly kind: 'unusable'; readonly why: string };

interface TestRun {
  readonly failed: readonly string[];
  /** Files that could not be loaded: the source does not parse, or a test file is missing. */
  readonly unloadable: readonly string[];
  readonly passed: number;
  readonly timedOut: boolean;
}

/** A copy of the sources that may be spoilt. The copy is somewhere else, so that no watcher and no editor sees it. */
async function makeCopy(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'secretscope-mutants-'));
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'dir');
  return copy;
}

type Tests = Pick<Mutation, 'tests' | 'named'>;

async function runTests(copy: string, { tests, named }: Tests, timeout = TIMEOUT_MS): Promise<TestRun> {
  const outputFile = join(copy, 'report.json');
  await rm(outputFile, { force: true });
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporter = ['--reporter', 'json', '--outputFile', outputFile];
  const pattern = named === undefined ? [] : ['--testNamePattern', named];
  const args = [
    'run',
    '--project',
    'unit',
    '--project',
    'environment',
    '--project',
    'processes',
    '--retry',
    '0',
    '--bail',
    '1',
    ...reporter,
    ...pattern,
  ];
  const timedOut = await new Promise<boolean>((done) => {
    execFile(process.execPath, [vitest, ...args, ...tests], { cwd: copy, timeout }, (error) =>
      done(error?.killed === true),
    );
  });
  return timedOut ? { failed: [], unloadable: [], passed: 0, timedOut } : readReport(copy, outputFile);
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

async function readReport(copy: string, file: string): Promise<TestRun> {
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  const failing = testResults.filter(({ status }) => status === 'failed');
  const names = (results: typeof testResults) => results.map(({ name }) => relative(copy, name));
  const ran = ({ assertionResults }: VitestReport['testResults'][number]) => assertionResults.length > 0;
  return {
    failed: names(failing.filter(ran)),
    unloadable: names(failing.filter((result) => !ran(result))),
    passed: testResults.filter(({ assertionResults }) =>
      assertionResults.some(({ status }) => status === 'passed'),
    ).length,
    timedOut: false,
  };
}

async function tryMutation(copy: string, mutation: Mutation): Promise<Verdict> {
  const path = join(copy, mutation.file);
  const original = await readFile(path, 'utf8');
  const times = original.split(mutation.find).length - 1;
  if (times !== 1) return { kind: 'unusable', why: `its text occurs ${times} times in ${mutation.file}` };
  await writeFile(
    path,
    original.replace(mutation.find, () => mutation.replace),
  );
  try {
    return verdictOf(await runTests(copy, mutation));
  } finally {
    await writeFile(path, original);
  }
}

function verdictOf(run: TestRun): Verdict {
  if (run.timedOut) return { kind: 'killed', by: ['the time limit'] };
  if (run.failed.length > 0) return { kind: 'killed', by: run.failed };
  if (run.unloadable.length > 0)
    return { kind: 'unusable', why: `${run.unloadable.join(', ')} cannot be loaded with it` };
  return { kind: 'survived' };
}

/** Without this, tests that fail anyway would kill every mutant. */
async function checkBaseline(copy: string, mutations: readonly Mutation[]): Promise<void> {
  for (const [named, alike] of Map.groupBy(mutations, (mutation) => mutation.named)) {
    const tests = [...new Set(alike.flatMap((mutation) => mutation.tests))];
    const run = await runTests(copy, { tests, ...(named !== undefined && { named }) }, BASELINE_MS);
    const bad = [...run.failed, ...run.unloadable];
    const about = named === undefined ? '' : ` (${named})`;
    if (run.timedOut || bad.length > 0 || run.passed < tests.length)
      throw new Error(
        `the tests fail without any mutant: ${bad.join(', ') || 'not all of them were run'}${about}`,
      );
  }
}

function lineFor(mutation: Mutation, verdict: Verdict): string {
  switch (verdict.kind) {
    case 'killed':
      return `killed    ${mutation.name} (${verdict.by.join(', ')})`;
    case 'survived':
      return `SURVIVED  ${mutation.name} (${mutation.file}; ran ${mutation.tests.join(', ')})`;
    case 'unusable':
      return `UNUSABLE  ${mutation.name}: ${verdict.why}; mend it in scripts/mutations.ts`;
    default:
      return unreachable(verdict);
  }
}

function unreachable(verdict: never): never {
  throw new Error(`no line for this verdict: ${JSON.stringify(verdict)}`);
}

async function work(copy: string, queue: Mutation[], verdicts: Verdict[]): Promise<void> {
  for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
    const verdict = await tryMutation(copy, mutation);
    console.log(lineFor(mutation, verdict));
    verdicts.push(verdict);
  }
}

async function main(words: readonly string[]): Promise<number> {
  const chosen = MUTATIONS.filter(
    ({ name, file }) => words.length === 0 || words.some((word) => `${name} ${file}`.includes(word)),
  );
  const copies = await Promise.all(Array.from({ length: WORKERS }, makeCopy));
  try {
    await checkBaseline(copies[0] ?? '', chosen);
    const queue = [...chosen];
    const verdicts: Verdict[] = [];
    await Promise.all(copies.map((copy) => work(copy, queue, verdicts)));
    const count = (kind: Verdict['kind']) => verdicts.filter((verdict) => verdict.kind === kind).length;
    const unusable = count('unusable') > 0 ? `, ${count('unusable')} no longer apply` : '';
    console.log(`${count('killed')} killed, ${count('survived')} survived${unusable}`);
    return count('killed') === chosen.length ? 0 : 1;
  } finally {
    await Promise.all(copies.map((copy) => rm(copy, { recursive: true, force: true })));
  }
}

process.exitCode = await main(process.argv.slice(2));
