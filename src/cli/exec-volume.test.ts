/** A command that prints a gigabyte: in the memory of a command that prints a line. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mount } from './exec-fixture.ts';

const GIGABYTE = 1_000_000_000;
const LINE = 'GET /api/v1/orders/12345 200 in 12 ms, cache miss, shard 7, upstream 10.0.0.12';

interface Figures {
  readonly code: number | null;
  readonly bytes: number;
  readonly megabytes: number;
  readonly masks: number;
}

/** Reads as fast as it comes, with a pause in between where it is `slow`. */
function carried(args: readonly string[], slow: boolean): Promise<Figures> {
  const child = spawn(process.execPath, [resolve('src/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [bytes, megabytes, masks] = [0, 0, 0];
  const look = setInterval(() => {
    megabytes = Math.max(megabytes, residentMegabytes(child.pid));
  }, 50);
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (chunk.includes('***')) masks += 1;
    if (slow && bytes % 7 === 0) {
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 5);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(look);
      resolve({ code, bytes, megabytes, masks });
    });
  });
}

function residentMegabytes(pid: number | undefined): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kilobytes ?? 0) / 1_024;
  } catch {
    // it has ended
    return 0;
  }
}

// what Node takes with nothing to do, and what its collector leaves lying for a moment
const BOUND_MEGABYTES = 220;

describe('a gigabyte', () => {
  it('goes through exec at constant memory, masked', async () => {
    using mount = new Mount({ TOKEN: 'a-secret-of-the-log' });
    const script = `yes "${LINE}
user $TOKEN" | head -c ${GIGABYTE}`;
    const { code, bytes, megabytes, masks } = await carried(mount.exec('sh', '-c', script), false);
    expect(code).toBe(0);
    // each pair of lines has a secret of 19 characters, which becomes three
    const pair = LINE.length + 1 + 'user a-secret-of-the-log\n'.length;
    const lost = Math.floor(GIGABYTE / pair) * 16;
    expect(Math.abs(bytes - (GIGABYTE - lost))).toBeLessThan(200);
    expect(masks).toBeGreaterThan(1_000);
    expect(megabytes).toBeLessThan(BOUND_MEGABYTES);
  }, 60_000);

  it('waits for a reader that is slower than the command', async () => {
    using mount = new Mount({ TOKEN: 'a-secret-of-the-log' });
    const script = `yes "${LINE}" | head -c ${GIGABYTE / 10}`;
    const { bytes, megabytes } = await carried(mount.exec('sh', '-c', script), true);
    expect(bytes).toBe(GIGABYTE / 10);
    expect(megabytes).toBeLessThan(BOUND_MEGABYTES);
  }, 60_000);
});
