/**
 * Owns: what is kept of a plan that failed: its requests and what the operator printed. No body is kept, since
 * bodies of Secrets hold values. Used by: run-faults.ts.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lane } from './lane.ts';
import type { SeenRequest } from './proxy/seen-request.ts';

export class PlanDump {
  #folder: Promise<string> | undefined;

  /** Answers the file's path. */
  async write(id: string, lane: Lane): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'secretscope-faults-'));
    const path = join(await this.#folder, `${id.replaceAll(/[^\w.+-]+/g, '_').slice(0, 200)}.log`);
    const parts = lane.replicas.map(({ proxy, process, printed }, index) =>
      [
        `# replica ${index + 1}: requests`,
        ...proxy.seen.map(requestLine),
        `# replica ${index + 1}: output`,
        printed + (process?.output ?? ''),
      ].join('\n'),
    );
    await writeFile(path, parts.join('\n'));
    return path;
  }
}

function requestLine({ at, method, url, upstream, answered }: SeenRequest): string {
  const codes = `api server ${upstream?.code ?? '-'}, client ${answered?.code ?? '-'}`;
  return `${at.toFixed(0).padStart(8)} ${method} ${url} (${codes})`;
}
