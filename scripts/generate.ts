/**
 * Writes what is generated: from the schemas in src/model/kinds the CustomResourceDefinitions in crds/, and from
 * deploy/base/policies the list by which the operator knows its own policies again, from kinds and rights what doctor
 * compares with, from deploy/gitops/argocd/health what Argo CD is told of each kind.
 * `--check` writes nothing, names the files that are stale and exits 1.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import { ARGOCD_HEALTH_FILE, argocdHealthFile } from './crd/argocd-health-file.ts';
import { filesIn, generatedFiles, staleFiles } from './crd/generated-files.ts';
import { SHIPPED_INSTALL_FILE, shippedInstallFile } from './crd/shipped-install-file.ts';
import { SHIPPED_POLICIES_FILE, shippedPoliciesFile } from './crd/shipped-policies-file.ts';

const ROOT = join(import.meta.dirname, '..');

/** Which files a folder has to hold, and those of them that it does. */
interface Generated {
  readonly folder: string;
  readonly wanted: Map<string, string>;
  readonly existing: Map<string, string>;
}

async function write(folder: string, name: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(join(ROOT, folder, name));
  else await writeFile(join(ROOT, folder, name), text);
}

async function crds(): Promise<Generated> {
  await mkdir(join(ROOT, 'crds'), { recursive: true });
  return { folder: 'crds', wanted: generatedFiles(KINDS), existing: await filesIn(join(ROOT, 'crds')) };
}

async function policies(): Promise<Generated> {
  const wanted = await shippedPoliciesFile(join(ROOT, 'deploy', 'base', 'policies'));
  const existing = await filesIn(join(ROOT, 'src', 'model'), (name) => name === SHIPPED_POLICIES_FILE);
  return { folder: 'src/model', wanted, existing };
}

async function install(): Promise<Generated> {
  const wanted = await shippedInstallFile(KINDS, join(ROOT, 'deploy', 'base'));
  const existing = await filesIn(join(ROOT, 'src', 'model'), (name) => name === SHIPPED_INSTALL_FILE);
  return { folder: 'src/model', wanted, existing };
}

async function argocdHealth(): Promise<Generated> {
  const folder = 'deploy/gitops/argocd';
  const wanted = await argocdHealthFile(join(ROOT, folder, 'health'));
  return {
    folder,
    wanted,
    existing: await filesIn(join(ROOT, folder), (name) => name === ARGOCD_HEALTH_FILE),
  };
}

const stale: string[] = [];
const everything = [await crds(), await policies(), await install(), await argocdHealth()];
for (const { folder, wanted, existing } of everything) {
  for (const name of staleFiles(wanted, existing)) {
    stale.push(`${folder}/${name}`);
    if (!process.argv.includes('--check')) await write(folder, name, wanted.get(name));
  }
}
if (!process.argv.includes('--check')) {
  console.log(stale.length === 0 ? 'everything generated is up to date' : `wrote ${stale.join(', ')}`);
} else if (stale.length > 0) {
  for (const name of stale) console.error(`${name} is stale; run: npm run generate`);
  process.exitCode = 1;
}
