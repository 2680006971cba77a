/** Stands for a backend that points where nothing may be read. Opened instead of the real one; makes no call. */
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

  constructor(provider: string) {
    const limits = { batchSize: 100, concurrency: 1, callsPerSecond: 1_000, maxValueBytes: 0 };
    this.capabilities = { provider, ...limits, readsOldVersions: false, pushesChanges: false };
  }

  async describe(refs: readonly SecretRef[]): Promise<readonly VersionAnswer[]> {
    return refs.map(() => REFUSED);
  }

  async read(refs: readonly SecretRef[]): Promise<readonly ReadAnswer[]> {
    return refs.map(() => REFUSED);
  }

  async list(): Promise<ListAnswer> {
    return REFUSED;
  }

  async put(): Promise<WriteAnswer> {
    return REFUSED;
  }

  async remove(): Promise<RemoveAnswer> {
    return REFUSED;
  }

  async check(): Promise<CheckAnswer> {
    return REFUSED;
  }

  async close(): Promise<void> {
    // nothing is open
  }
}
