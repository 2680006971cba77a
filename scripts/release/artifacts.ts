/**
 * Owns: the files of a release, made in one folder. Called by: release.ts. Must not: judge, or tag.
 * The same commit makes the same bytes, whoever makes them: SHA256SUMS can be compared.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BASES, renderedManifests } from './rendered-manifests.ts';

const run = promisify(execFile);

export interface ReleaseOrder {
  readonly root: string;
  readonly version: string;
  /** seconds since 1970: the time of all files in archives, that of the commit */
  readonly epoch: number;
  readonly notes: string;
  /** must not exist, or holds an earlier try */
  readonly out: string;
}

/** Answers the names of the files, SHA256SUMS last. */
export async function makeArtifacts(order: ReleaseOrder): Promise<string[]> {
  const { out, version, notes } = order;
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'secretscope-release-'));
  try {
    await Promise.all([
      commandLine(order, join(scratch, 'bundle')),
      imageFiles(order, join(scratch, 'image')),
    ]);
    await charts(order);
    for (const base of BASES)
      await writeFile(
        join(out, `install-${base}.yaml`),
        await renderedManifests(join(order.root, 'deploy', base)),
      );
    await writeFile(join(out, `notes-${version}.md`), notes);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const names = (await readdir(out)).sort();
  await writeFile(join(out, 'SHA256SUMS'), await checksums(out, names));
  return [...names, 'SHA256SUMS'];
}

async function commandLine({ root, version, out }: ReleaseOrder, bundle: string): Promise<void> {
  await run(process.execPath, ['scripts/bundle.ts', '--pack', '--out', bundle], { cwd: root });
  await copyFile(join(bundle, `secretscope-${version}.tgz`), join(out, `secretscope-cli-${version}.tgz`));
}

/** As `helm package` would, which puts the chart's folder into the archive. */
async function charts({ root, version, out, epoch }: ReleaseOrder): Promise<void> {
  const folder = join(root, 'charts');
  // modes as everybody's, whatever the umask was at the checkout
  const settled = [`--mtime=@${epoch}`, '--mode=u=rwX,go=rX'];
  for (const chart of await readdir(folder))
    await archive(join(out, `chart-${chart}-${version}.tgz`), folder, chart, settled);
}

/** The layer that the image has above its base, and its list of materials. */
async function imageFiles({ root, version, out, epoch }: ReleaseOrder, image: string): Promise<void> {
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
  await run(process.execPath, ['scripts/image.ts', '--out', image], { cwd: root, env });
  await copyFile(join(image, 'app', 'sbom.cdx.json'), join(out, `secretscope-image-${version}.cdx.json`));
  await archive(join(out, `secretscope-image-layer-${version}.tar.gz`), image, 'app');
}

/** GNU tar: owned by root, in the order of names, without the name of whoever packs it. */
async function archive(
  file: string,
  folder: string,
  what: string,
  more: readonly string[] = [],
): Promise<void> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  const form = ['--sort=name', '--format=ustar', ...owner, ...more];
  await run('tar', [...form, '-I', 'gzip -n', '-cf', file, '-C', folder, what]);
}

/** As `sha256sum --check` reads it. */
async function checksums(folder: string, names: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const name of names) {
    const digest = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    lines.push(`${digest}  ${name}\n`);
  }
  return lines.join('');
}
