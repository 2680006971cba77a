/**
 * Owns: finding a Java among those that the machine has. Called by: lowkey-vault.ts. Must not: install one.
 */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { isMissing } from '../cluster/cluster-dir.ts';

export interface Java {
  readonly major: number;
  readonly binary: string;
}

// Debian, Fedora and Temurin; macOS
const HOMES = [
  { root: '/usr/lib/jvm', inside: '' },
  { root: '/Library/Java/JavaVirtualMachines', inside: 'Contents/Home' },
];

/** The oldest one that is new enough: a program is best tried on what it was made for. */
export async function findJava(least: number, env: NodeJS.ProcessEnv): Promise<Java | undefined> {
  const found: Java[] = [];
  for (const home of await homes(env)) {
    const major = await majorOf(home);
    if (major !== undefined && major >= least) found.push({ major, binary: join(home, 'bin', 'java') });
  }
  return found.sort((a, b) => a.major - b.major)[0];
}

async function homes(env: NodeJS.ProcessEnv): Promise<string[]> {
  const named = env['JAVA_HOME'] ? [env['JAVA_HOME']] : [];
  for (const { root, inside } of HOMES) {
    for (const entry of (await quietly(readdir(root))) ?? []) named.push(join(root, entry, inside));
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const binary = folder === '' ? undefined : await quietly(realpath(join(folder, 'java')));
    if (binary !== undefined) named.push(dirname(dirname(binary)));
  }
  return named;
}

/** Every JDK since 9 says in its file `release` which one it is. */
async function majorOf(home: string): Promise<number | undefined> {
  const release = await quietly(readFile(join(home, 'release'), 'utf8'));
  const major = /^JAVA_VERSION="(\d+)/m.exec(release ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}

async function quietly<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    const isNoFolder = error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
    if (isMissing(error) || isNoFolder) return undefined;
    throw error;
  }
}
