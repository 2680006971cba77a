/**
 * Owns: one process at a time, across processes, with a lock that a crash cannot leave behind for long.
 * Called by: server-binaries.ts, cli.ts. Must not: guard correctness on its own; see takeOver.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMissing } from './cluster-dir.ts';
import { tell } from './progress.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
}

const HEARTBEAT_MS = 5_000;
// another machine may share the home directory: its process ids mean nothing here, its heartbeat does
const SILENT_TOO_LONG_MS = 60_000;
const POLL_MS = 200;
const REMIND_EVERY_MS = 10_000;

export async function withDirectoryLock<T>(
  lock: string,
  purpose: string,
  task: () => Promise<T>,
): Promise<T> {
  await acquire(lock, purpose);
  const heartbeat = setInterval(() => void beat(lock), HEARTBEAT_MS);
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    await rm(lock, { recursive: true, force: true });
  }
}

async function acquire(lock: string, purpose: string): Promise<void> {
  let remindAt = 0;
  while (!(await tryAcquire(lock))) {
    const owner = await staleOrOwner(lock);
    if (owner === 'stale') await takeOver(lock);
    else if (Date.now() >= remindAt) {
      tell(`waiting for process ${owner?.pid ?? '?'}, which is ${purpose} already`);
      remindAt = Date.now() + REMIND_EVERY_MS;
    }
    if (owner !== 'stale') await sleep(POLL_MS);
  }
}

// a directory cannot be renamed onto one which is not empty, and ours never is: taken and signed in one step
async function tryAcquire(lock: string): Promise<boolean> {
  const draft = `${lock}.${randomUUID()}`;
  await mkdir(dirname(lock), { recursive: true });
  await mkdir(draft);
  const owner: Owner = { pid: process.pid, host: hostname() };
  await writeFile(join(draft, 'owner.json'), JSON.stringify(owner));
  try {
    await rename(draft, lock);
    return true;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function staleOrOwner(lock: string): Promise<'stale' | Owner | undefined> {
  const signature = join(lock, 'owner.json');
  try {
    const owner = JSON.parse(await readFile(signature, 'utf8')) as Owner;
    if (owner.host === hostname()) return processExists(owner.pid) ? owner : 'stale';
    const { mtimeMs } = await stat(signature);
    return Date.now() - mtimeMs > SILENT_TOO_LONG_MS ? 'stale' : owner;
  } catch (error) {
    // released just now
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Two processes may judge the same lock stale, and the slower one then takes away the faster one's new lock.
 * That costs a second build and nothing else, since results appear by atomic rename.
 */
async function takeOver(lock: string): Promise<void> {
  const removed = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, removed);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await rm(removed, { recursive: true, force: true });
}

async function beat(lock: string): Promise<void> {
  const now = new Date();
  try {
    await utimes(join(lock, 'owner.json'), now, now);
  } catch (error) {
    tell(`the lock ${lock} is lost: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else
    return !hasCode(error, 'ESRCH');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
