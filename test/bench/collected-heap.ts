/**
 * Owns: the heap of another Node process after garbage collection, asked over its inspector.
 * Called by: benchmarks, last of all: an open inspector costs memory itself. The process has to be started with
 * INSPECTABLE among its options, or it would take the one port that everybody takes.
 */
import { until } from '../scenarios-support/until.ts';

export const INSPECTABLE = '--inspect-port=127.0.0.1:0';

interface Inspected {
  readonly pid: number;
  readonly output: string;
}

/** Megabytes that are in use after a full collection. */
export async function collectedHeapMb(inspected: Inspected): Promise<number> {
  process.kill(inspected.pid, 'SIGUSR1');
  const url = await until(() => {
    const found = /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(inspected.output)?.[0];
    if (!found) throw new Error('its inspector does not listen');
    return found;
  });
  const socket = new WebSocket(url);
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`no connection to ${url}`));
    });
    for (let pass = 0; pass < 3; pass++) await command(socket, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await command(socket, 'Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize / 2 ** 20;
  } finally {
    socket.close();
  }
}

let lastId = 0;

function command(socket: WebSocket, method: string): Promise<unknown> {
  const id = ++lastId;
  return new Promise((resolve) => {
    const listen = ({ data }: MessageEvent) => {
      const answer = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (answer.id !== id) return;
      socket.removeEventListener('message', listen);
      resolve(answer.result);
    };
    socket.addEventListener('message', listen);
    socket.send(JSON.stringify({ id, method }));
  });
}
