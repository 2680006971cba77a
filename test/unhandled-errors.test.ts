import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { UNHANDLED_FILE } from '../scripts/run/unhandled-errors.ts';

const REPORTER = resolve('scripts/run/unhandled-errors.ts');

it.each([
  ['passes', '', '0\n'],
  ['passes and leaves an error behind', "setTimeout(() => { throw new Error('late'); }, 5);", '1\n'],
])('a file of tests that %s: what came outside of any test is counted', async (_what, late, count) => {
  const folder = mkdtempSync(join(tmpdir(), 'secretscope-unhandled-'));
  const file = join(folder, 'count');
  const body = `${late} await new Promise((done) => setTimeout(done, 50));`;
  writeFileSync(join(folder, 'one.test.js'), `it('passes', async () => { ${body} });`);
  const args = ['run', '--root', folder, '--globals', '--reporter', REPORTER];
  const env = { ...process.env, [UNHANDLED_FILE]: file };
  try {
    // its exit code is not what is asked about
    await Promise.allSettled([promisify(execFile)('vitest', args, { env })]);
    expect(readFileSync(file, 'utf8')).toBe(count);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
