/**
 * Owns: that what this process starts ends with it, however it ends, even by SIGKILL.
 * Called by: whoever starts servers or operators that would go on alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';

// the pipe on stdin closes when its only writer, our process, is gone
const LEASH = 'read -r _; kill -KILL "$1"; [ -z "$2" ] || rm -rf "$2"';

/**
 * `scratch` is a folder to delete with a process that had to be ended. What is answered lets the process go: from then on
 * it survives this one.
 */
export function holdLeash(held: ChildProcess, scratch = ''): () => void {
  // it could not be started, which its 'error' tells
  if (held.pid === undefined) return () => undefined;
  const leash = spawn('sh', ['-c', LEASH, 'leash', String(held.pid), scratch], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  leash.unref();
  // a pipe is a socket in node, but typed as a plain stream
  if (leash.stdin !== null && 'unref' in leash.stdin) (leash.stdin as { unref(): void }).unref();
  const release = () => void leash.kill('SIGKILL');
  held.once('exit', release);
  return release;
}
