/**
 * Owns: following the audit log while it grows, so that the API server's own record tells when something is done.
 * Called by: benchmarks. Asking the API server or the operator instead would be work that is measured along.
 */
import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type AuditEntry, parseAuditLog } from '../cluster/audit-log.ts';

const LOOK_EVERY_MS = 250;
const NEWLINE = 0x0a;

export class AuditTail {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whatever was written so far is of no interest. Call it while nobody writes. */
  async skip(): Promise<void> {
    this.#offset = (await stat(this.#path)).size;
  }

  /** What was added since the last look. */
  async read(): Promise<AuditEntry[]> {
    const file = await open(this.#path);
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(size - this.#offset);
      await file.read(buffer, 0, buffer.length, this.#offset);
      const complete = buffer.lastIndexOf(NEWLINE) + 1;
      this.#offset += complete;
      return parseAuditLog(buffer.toString('utf8', 0, complete));
    } finally {
      await file.close();
    }
  }

  /** Collects until `isDone` says so of all that was added; throws after `timeoutMs`. */
  async until(isDone: (added: readonly AuditEntry[]) => boolean, timeoutMs: number): Promise<AuditEntry[]> {
    const all: AuditEntry[] = [];
    const end = performance.now() + timeoutMs;
    while (performance.now() < end) {
      const added = await this.read();
      all.push(...added);
      if (isDone(added)) return all;
      await pause(LOOK_EVERY_MS);
    }
    throw new Error(`it was not done within ${timeoutMs / 1000} s; ${all.length} requests were seen`);
  }
}
