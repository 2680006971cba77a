/**
 * `npm run release:keep`: renders what a release consists of into test/releases/VERSION, once, when it is made. Later
 * versions are tested by applying these first: they are history, and never written again (`--again` for the version
 * that is not released yet).
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { VERSION } from '../src/version.ts';
import { loadManifests } from '../test/cluster/manifests.ts';

const ROOT = join(import.meta.dirname, '..');
const RELEASES = join(ROOT, 'test', 'releases');
const BASES = ['default', 'cluster-wide'];

async function render(base: string): Promise<string> {
  const manifests = await loadManifests(join(ROOT, 'deploy', base));
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n');
}

const folder = join(RELEASES, VERSION);
const kept: string[] = await readdir(RELEASES).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  return [];
});
if (kept.includes(VERSION) && !process.argv.includes('--again'))
  throw new Error(`${folder} is there already; a release is kept once (--again if it was never published)`);
await mkdir(folder, { recursive: true });
for (const base of BASES) await writeFile(join(folder, `${base}.yaml`), await render(base));
console.log(`kept ${BASES.join(' and ')} of ${VERSION} in ${folder}`);
