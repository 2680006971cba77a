/**
 * Stands for a backend that cannot be used as it is written: it points where nothing may be read, or at no place that
 * there is. Opened instead of the real one; makes no call.
 */
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  Refusal,
  RemoveAnswer,
  SecretRef,
  VersionAnswer,
  WriteAnswer,
} from '../port.ts';

const REFUSED: Refusal = Object.freeze({ kind: 'sourceRefused' });

export class RefusedBackend implements Backend {
  readonly capabilities: Capabilities;
  readonly #answer: Refusal;

  constructor(provider: string, answer: Refusal = REFUSED) {
    this.#answer = answer;
    const limits = { batchSize: 100, concurrency: 1, callsPerSecond: 1_000, maxValueBytes: 0 };
    this.capabilities = {
      provider,
      ...limits,
      readsOldVersions: false,
      pushesChanges: false,
      sweepMs: 86_400_000,
    };
  }

  async describe(refs: readonly SecretRef[]): Promise<readonly VersionAnswer[]> {
    return refs.map(() => this.#answer);
  }

  async read(refs: readonly SecretRef[]): Promise<readonly ReadAnswer[]> {
    return refs.map(() => this.#answer);
  }

  async list(): Promise<ListAnswer> {
    return this.#answer;
  }

  async put(): Promise<WriteAnswer> {
    return this.#answer;
  }

  async remove(): Promise<RemoveAnswer> {
    return this.#answer;
  }

  async check(): Promise<CheckAnswer> {
    return this.#answer;
  }

  async close(): Promise<void> {
    // nothing is open
  }
}
