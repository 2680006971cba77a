/**
 * `npm run release:keep`: renders what a release consists of into test/releases/VERSION, once, when it is made. Later
 * versions are tested by applying these first: they are history, and never written again (`--again` for the version
 * that is not released yet).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSION } from '../src/version.ts';
import { BASES, renderedManifests } from './release/rendered-manifests.ts';

const ROOT = join(import.meta.dirname, '..');
const RELEASES = join(ROOT, 'test', 'releases');

const folder = join(RELEASES, VERSION);
const kept: string[] = await readdir(RELEASES).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  return [];
});
if (kept.includes(VERSION) && !process.argv.includes('--again'))
  throw new Error(`${folder} is there already; a release is kept once (--again if it was never published)`);
await mkdir(folder, { recursive: true });
for (const base of BASES)
  await writeFile(join(folder, `${base}.yaml`), await renderedManifests(join(ROOT, 'deploy', base)));
// whose operator is run once more, to be upgraded from
await writeFile(join(folder, 'commit'), execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT }));
console.log(`kept ${BASES.join(' and ')} of ${VERSION} in ${folder}`);
