/**
 * Owns: files on disk that are the same whoever writes them, and when: modes and times are set, not inherited.
 * Called by: image.ts. Must not: know what is in them.
 */
import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RootFile } from './root-files.ts';

// readable for whichever user the image runs as, written by nobody, and run by nothing but node
const FILE_MODE = 0o444;
const FOLDER_MODE = 0o755;

/** `folder` holds these files and nothing else afterwards; `epoch` in seconds since 1970. */
export async function writeRoot(folder: string, files: readonly RootFile[], epoch: number): Promise<void> {
  await clear(folder);
  for (const { path, text } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    await chmod(target, FILE_MODE);
  }
  await settle(folder, epoch);
}

/** Only what an earlier run has made: a folder with anything else in it may be somebody's. */
async function clear(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const strangers = (await readdir(folder)).filter((name) => name !== 'app');
  if (strangers.length > 0)
    throw new Error(
      `${folder} holds ${strangers.slice(0, 3).join(', ')}, which no image has; name an empty or new folder`,
    );
  await rm(join(folder, 'app'), { recursive: true, force: true });
}

/** The innermost first, since a folder's time changes with what is made in it. */
async function settle(path: string, epoch: number): Promise<void> {
  if ((await stat(path)).isDirectory()) {
    for (const name of await readdir(path)) await settle(join(path, name), epoch);
    await chmod(path, FOLDER_MODE);
  }
  await utimes(path, epoch, epoch);
}
