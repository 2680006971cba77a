/**
 * Owns: etcd's data of a control plane that was set up once, for others to begin with: setting up anew costs each of a
 * hundred test files five seconds of a processor.
 * Called by: tests that begin with the same manifests. Must not: be used where the setting up itself is what is tested.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from './cluster-dir.ts';
import type { ControlPlane } from './control-plane.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { findServerBinaries } from './server-binaries.ts';

/** Some 70 MB each; a run uses three or four, and others may be in the middle of copying one. */
const MOST_KEPT = 10;

/** Raised when what is stored changes though nothing that is hashed did. */
const FORM = 1;

/**
 * The folder for `startControlPlane({ store })`. `content` is everything that decides what is in it; `setUp` starts a
 * control plane and brings that in, and is called where no run did so before.
 */
export async function preparedStore(content: unknown, setUp: () => Promise<ControlPlane>): Promise<string> {
  const stores = join(cacheRoot(), 'stores');
  const folder = join(stores, await nameOf(content));
  await withDirectoryLock(`${folder}.lock`, 'setting up a control plane', async () => {
    if (await isThere(folder)) return utimes(folder, new Date(), new Date());
    const draft = `${folder}.draft`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const control = await setUp();
    try {
      await cp(await control.closeStore(), draft, { recursive: true });
    } finally {
      await control.stop();
    }
    await rename(draft, folder);
    await prune(stores);
  });
  return folder;
}

async function nameOf(content: unknown): Promise<string> {
  const binaries = await findServerBinaries();
  const hashed = JSON.stringify([FORM, Object.values(binaries), content]);
  return createHash('sha256').update(hashed).digest('hex').slice(0, 20);
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** The longest unused first. */
async function prune(stores: string): Promise<void> {
  const names = (await readdir(stores)).filter((name) => !name.includes('.'));
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(stores, name))).mtimeMs })),
  );
  for (const { name } of aged.toSorted((a, b) => b.at - a.at).slice(MOST_KEPT))
    await rm(join(stores, name), { recursive: true, force: true });
}
