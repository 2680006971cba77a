/** Owns: what vitest's JSON report says, in the lines that `npm test` ends with. Used by: scripts/test.ts. */
import { readFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';

export interface TestFile {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

export interface Report {
  /** whether nothing in it failed */
  readonly success: boolean;
  readonly testResults: readonly TestFile[];
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const SLOWEST = 12;
/** Of a failure's text: what is said first, not the whole stack. */
const TOLD_CHARACTERS = 1_500;

export async function readReport(file: string): Promise<Report> {
  return JSON.parse(await readFile(file, 'utf8')) as Report;
}

const short = (file: string) => relative(process.cwd(), file);

/** Told once more at the end: whoever keeps only the end of a long log has to find what failed. */
export function failureLines({ testResults }: Report, word = 'failed'): string[] {
  return testResults.flatMap((file) => [
    ...(file.message ? [`${word}: ${short(file.name)}: ${file.message.slice(0, TOLD_CHARACTERS)}`] : []),
    ...file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(
        ({ fullName, failureMessages }) =>
          `${word}: ${short(file.name)}: ${fullName}\n  ${(failureMessages ?? []).join('\n').slice(0, TOLD_CHARACTERS)}`,
      ),
  ]);
}

/** A file that cannot be loaded has no test to count, and must not pass for that. */
export function failuresIn(report: Report, ok: boolean): number {
  return (
    report.numFailedTests + (ok || report.numFailedTests > 0 ? 0 : Math.max(1, report.numFailedTestSuites))
  );
}

export function slowestLine({ testResults }: Report): string {
  const told = testResults
    .toSorted((a, b) => b.endTime - b.startTime - (a.endTime - a.startTime))
    .slice(0, SLOWEST)
    .map(({ name, startTime, endTime }) => `${basename(name)} ${Math.round((endTime - startTime) / 1000)} s`);
  return `slowest: ${told.join(', ')}`;
}

/** More than this is no bad moment of the machine. */
const MOST_FILES = 2;
/** What these find may need luck to be found: one hit is a hit. */
const NEVER_AGAIN = /attacks|leaks|admission/;

/**
 * Files that failed and may run once more, alone: few, and only stories that wait for a real cluster.
 * None where anything else failed. docs/decisions/0048 says why.
 */
export function worthAnotherLook({ testResults }: Report): readonly string[] {
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => short(name));
  const fit = failed.every((file) => file.startsWith('test/scenarios/') && !NEVER_AGAIN.test(file));
  return fit && failed.length <= MOST_FILES ? failed : [];
}
