/**
 * Owns: reading folders in which Secrets are mounted, a key a file. Used by: exec-folders.ts, mask-sources.ts.
 * The kubelet keeps the files in a folder that `..data` points to, and replaces that link when the Secret changes: whoever
 * goes through it once reads one version of all keys.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SecretValue } from '../model/secret-value.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface MountedKey {
  readonly key: string;
  readonly value: SecretValue;
}

const TRIES = 3;

/** Sorted by key. What begins with a dot is of the kubelet, and folders are no keys. */
export async function readMount(folder: string): Promise<MountedKey[]> {
  for (let left = TRIES; ; left -= 1)
    try {
      return await readVersion(await versionOf(folder));
    } catch (error) {
      const isMissing = codeOf(error) === 'ENOENT' && !(await isThere(folder));
      // the version that was just looked at is removed once there is a newer one
      if (codeOf(error) === 'ENOENT' && left > 1 && !isMissing) continue;
      throw unreadable(folder, isMissing, error);
    }
}

async function versionOf(folder: string): Promise<string> {
  try {
    return await realpath(join(folder, '..data'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return folder;
    throw error;
  }
}

async function readVersion(folder: string): Promise<MountedKey[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const keys = await Promise.all(names.map((key) => readKey(folder, key)));
  return keys.filter((key) => key !== undefined);
}

async function readKey(folder: string, key: string): Promise<MountedKey | undefined> {
  const path = join(folder, key);
  if (!(await stat(path)).isFile()) return undefined;
  return { key, value: new SecretValue(await readFile(path)) };
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function unreadable(folder: string, isMissing: boolean, error: unknown): unknown {
  const shown = escapeText(folder);
  const code = codeOf(error) ?? '';
  if (code === 'ENOENT' && isMissing)
    return new ExitError(EXIT.notFound, `there is no folder ${shown}; is the Secret mounted there?`);
  if (code === 'ENOENT' || code === 'ELOOP')
    return new ExitError(EXIT.failed, `a link in ${shown} leads nowhere (${code}); take it away or mend it`);
  if (code === 'ENOTDIR')
    return new ExitError(EXIT.notFound, `${shown} is no folder; name the one that the Secret is mounted in`);
  if (code === 'EACCES' || code === 'EPERM')
    return new ExitError(
      EXIT.failed,
      `you may not read ${shown}; let defaultMode and fsGroup of the Pod give this user the right`,
    );
  return error;
}
