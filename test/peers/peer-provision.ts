/**
 * Owns: having a program that nobody here wrote: fetched or built once into the project's cache, within a bounded time,
 * or a sentence why not. Called by: moto.ts, localgcp.ts, lowkey-vault.ts, peer-setup.ts.
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { withDirectoryLock } from '../cluster/directory-lock.ts';
import { withProgress } from '../cluster/progress.ts';

export const PEERS = ['moto', 'localgcp', 'lowkey-vault', 'promtool'] as const;
export type PeerName = (typeof PEERS)[number];

/** `why` is the last thing that whoever fetched or built it said. */
export interface MissingPeer {
  readonly kind: 'missing';
  readonly why: string;
}

export interface Provision {
  /** what is provided; beside it lies a lock */
  readonly place: string;
  /** a file that is there when everything is */
  readonly mark: string;
  readonly what: string;
  /** aborts when no more time is given; whatever goes on is then ended */
  readonly signal: AbortSignal;
  readonly provide: () => Promise<void>;
}

/**
 * Undefined: it is there. Another process that provides the same is waited for: it has no more time than this one, and
 * began before.
 */
export async function provided(wanted: Provision): Promise<MissingPeer | undefined> {
  const { place, mark, what, signal, provide } = wanted;
  try {
    if (await isThere(mark)) return undefined;
    await withDirectoryLock(`${place}.lock`, what, async () => {
      signal.throwIfAborted();
      if (!(await isThere(mark))) await withProgress(what, provide);
    });
    return undefined;
  } catch (error) {
    const why = signal.aborted ? 'there was no more time; the next run tries again' : lastLine(error);
    return { kind: 'missing', why };
  }
}

/** Ends with the signal. Rejects with what the program said last. */
export async function runBounded(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const options = { env, signal, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(program, args, options)).stdout;
}

export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Where a peer that is missing fails the run: in CI, unless SECRETSCOPE_PEERS_OPTIONAL names it. Throws for a name that
 * no peer has, which would excuse nothing.
 */
export function requiredPeers(env: NodeJS.ProcessEnv = process.env): ReadonlySet<PeerName> {
  const optional = (env['SECRETSCOPE_PEERS_OPTIONAL'] ?? '').split(',').filter((name) => name !== '');
  const unknown = optional.filter((name) => !PEERS.some((peer) => peer === name));
  if (unknown.length > 0)
    throw new Error(`SECRETSCOPE_PEERS_OPTIONAL names ${unknown.join()}; the peers are ${PEERS.join()}`);
  return new Set(env['CI'] === 'true' ? PEERS.filter((name) => !optional.includes(name)) : []);
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').at(-1)?.trim() ?? '';
}
