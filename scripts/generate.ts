/**
 * Writes what is generated: from the schemas in src/model/kinds the CustomResourceDefinitions in crds/, and from
 * deploy/base/policies the list by which the operator knows its own policies again, from kinds and rights what doctor
 * compares with, from deploy/gitops/argocd/health what Argo CD is told of each kind, from deploy/ the charts of Helm,
 * from the schemas again the tables of fields in docs/reference.
 * `--check` writes nothing, names the files that are stale and exits 1.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import { chartFiles, filesBelow } from './chart/chart-files.ts';
import { ARGOCD_HEALTH_FILE, argocdHealthFile } from './crd/argocd-health-file.ts';
import { filesIn, generatedFiles, staleFiles } from './crd/generated-files.ts';
import { REFERENCE_FOLDER, referencePages } from './crd/reference-pages.ts';
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
  const path = join(ROOT, folder, name);
  if (text === undefined) return rm(path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
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

async function charts(): Promise<Generated> {
  const wanted = await chartFiles(join(ROOT, 'deploy'));
  return { folder: 'charts', wanted, existing: await filesBelow(join(ROOT, 'charts')) };
}

async function reference(): Promise<Generated> {
  return { folder: REFERENCE_FOLDER, ...(await referencePages(KINDS, join(ROOT, REFERENCE_FOLDER))) };
}

const isCheck = process.argv.includes('--check');
const stale: string[] = [];
// one after the other: what comes later is made of what those before it wrote
for (const make of [crds, policies, install, argocdHealth, charts, reference]) {
  const { folder, wanted, existing } = await make();
  for (const name of staleFiles(wanted, existing)) {
    stale.push(`${folder}/${name}`);
    if (!isCheck) await write(folder, name, wanted.get(name));
  }
}
if (!isCheck) {
  console.log(stale.length === 0 ? 'everything generated is up to date' : `wrote ${stale.join(', ')}`);
} else if (stale.length > 0) {
  for (const name of stale) console.error(`${name} is stale; run: npm run generate`);
  process.exitCode = 1;
}
