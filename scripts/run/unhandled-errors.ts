/**
 * Owns: how many errors came outside of any test, which vitest's own report leaves out. Loaded by vitest as a reporter, for
 * scripts/test.ts: a second look at a file must not clear what belongs to none.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** Names the file that gets the count. */
export const UNHANDLED_FILE = 'SECRETSCOPE_UNHANDLED_FILE';

export default class UnhandledErrors implements Reporter {
  onTestRunEnd(_modules: unknown, errors: readonly unknown[]): void {
    const file = process.env[UNHANDLED_FILE];
    if (file === undefined) throw new Error(`${UNHANDLED_FILE} names no file`);
    writeFileSync(file, `${errors.length}\n`);
  }
}
