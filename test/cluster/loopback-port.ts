/**
 * Owns: picking a port for the API server.
 * Called by: control-plane.ts. Must not: promise that the port is still free later; the caller retries.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// below the ports which systems hand out to outgoing connections (Linux from 32768, macOS from 49152):
// such a connection could take the port while the API server is being restarted
const FIRST = 20_000;
const LAST = 30_000;
const TRIES = 100;

export async function pickLoopbackPort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${LAST} on 127.0.0.1 in ${TRIES} tries`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    server.close();
  }
}
