/**
 * Writes what is generated from the schemas in src/model/kinds: the CustomResourceDefinitions in crds/.
 * `--check` writes nothing, names the files that are stale and exits 1.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import { filesIn, generatedFiles, staleFiles } from './crd/generated-files.ts';

const CRDS = join(import.meta.dirname, '..', 'crds');

async function write(name: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(join(CRDS, name));
  else await writeFile(join(CRDS, name), text);
}

await mkdir(CRDS, { recursive: true });
const wanted = generatedFiles(KINDS);
const stale = staleFiles(wanted, await filesIn(CRDS));
if (!process.argv.includes('--check')) {
  for (const name of stale) await write(name, wanted.get(name));
  console.log(stale.length === 0 ? 'crds/ is up to date' : `wrote crds/${stale.join(', crds/')}`);
} else if (stale.length > 0) {
  for (const name of stale) console.error(`crds/${name} is stale; run: npm run generate`);
  process.exitCode = 1;
}
