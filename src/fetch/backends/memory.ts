/**
 * A provider in memory: what every backend does, in the fewest words. Holds every version ever stored.
 * Used by tests and by the demo, never for real secrets. Faults are planted by the test; each call is written down.
 */

import { type Clock, sleep } from '../../kube/clock.ts';
import type { SecretValue } from '../../model/secret-value.ts';
import { copyPayload } from '../payload.ts';
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  Payload,
  ReadAnswer,
  RemoveAnswer,
  SecretRef,
  VersionAnswer,
  WriteAnswer,
  WriteRef,
} from '../port.ts';
import { MemoryFaults, type MemoryOperation } from './memory-faults.ts';
import { MemoryVersions, payloadOf } from './memory-versions.ts';

/** One call as a provider's audit log would show it. For a list the only key is the prefix. */
export interface MemoryCall {
  readonly operation: MemoryOperation;
  readonly keys: readonly string[];
}

export interface MemoryOptions {
  readonly capabilities?: Partial<Capabilities>;
  /** how long a call takes; none if absent */
  readonly latency?: { readonly clock: Clock; readonly ms: number };
}

const CAPABILITIES: Capabilities = {
  provider: 'memory',
  batchSize: 20,
  concurrency: 8,
  callsPerSecond: 10_000,
  maxValueBytes: 65_536,
  readsOldVersions: true,
  pushesChanges: true,
  sweepMs: 86_400_000,
};

export class MemoryBackend implements Backend {
  readonly capabilities: Capabilities;
  readonly calls: MemoryCall[] = [];
  closed = false;
  readonly #latency: MemoryOptions['latency'];
  /** planted and healed by tests */
  readonly faults = new MemoryFaults();
  readonly #secrets = new MemoryVersions();
  readonly #listeners = new Set<(key: string | undefined) => void>();

  constructor(options: MemoryOptions = {}) {
    this.capabilities = { ...CAPABILITIES, ...options.capabilities };
    this.#latency = options.latency;
  }

  /** What a person does at the provider: a new version of one value or of several named ones. */
  store(key: string, content: string | Readonly<Record<string, string>>): string {
    return this.#store(key, payloadOf(content));
  }

  /** The whole secret goes, with all its versions. False when there was none. */
  erase(key: string): boolean {
    const was = this.#secrets.drop(key);
    if (was) this.push(key);
    return was;
  }

  /** Reports a change although there may be none, as providers do. */
  push(key: string | undefined): void {
    if (!this.capabilities.pushesChanges) return;
    for (const listener of this.#listeners) listener(key);
  }

  /** Keys of all calls of one kind, in order. */
  keysOf(operation: MemoryOperation): string[] {
    return this.calls.flatMap((call) => (call.operation === operation ? call.keys : []));
  }

  async describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]> {
    await this.#call('describe', refs, signal);
    this.#noteReads(refs);
    return refs.map((ref) => {
      const stored = this.faults.take('describe', ref.key) ?? this.#secrets.find(ref);
      return 'kind' in stored ? stored : { kind: 'found', version: stored.version };
    });
  }

  async read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    await this.#call('read', refs, signal);
    return refs.map((ref) => {
      const stored = this.faults.take('read', ref.key) ?? this.#secrets.find(ref);
      if ('kind' in stored) return stored;
      return { kind: 'found', version: stored.version, payload: copyPayload(stored.payload) };
    });
  }

  async list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    await this.#call('list', [{ key: prefix }], signal);
    return (
      this.faults.take('list', prefix) ?? {
        kind: 'listed',
        keys: this.#secrets.below(prefix),
        truncated: false,
      }
    );
  }

  async put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    await this.#call('put', [ref], signal);
    const fault = this.faults.take('put', ref.key);
    if (fault) return fault;
    if (value.byteLength > this.capabilities.maxValueBytes) return { kind: 'refused', why: 'tooLarge' };
    const earlier = this.#secrets.has(ref.key) ? 'usable' : 'none';
    return { kind: 'stored', version: this.#store(ref.key, this.#merged(ref, value)), earlier };
  }

  async remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    await this.#call('remove', [ref], signal);
    const fault = this.faults.take('remove', ref.key);
    if (fault) return fault;
    return this.#erased(ref) ? { kind: 'removed', recoverable: false } : { kind: 'absent' };
  }

  watch(onChange: (key: string | undefined) => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  async check(signal: AbortSignal): Promise<CheckAnswer> {
    await this.#call('check', [], signal);
    return this.faults.take('check', '') ?? { kind: 'reachable' };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#listeners.clear();
  }

  async #call(operation: MemoryOperation, refs: readonly SecretRef[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.calls.push({ operation, keys: refs.map((ref) => ref.key) });
    if (this.#latency) await sleep(this.#latency.clock, this.#latency.ms, signal);
    signal.throwIfAborted();
  }

  /** As a provider's log would show it that tells versions with the value. */
  #noteReads(refs: readonly SecretRef[]): void {
    const keys = refs.filter(({ unread }) => !unread).map(({ key }) => key);
    if (this.capabilities.describesByReading && keys.length > 0) this.calls.push({ operation: 'read', keys });
  }

  #store(key: string, payload: Payload): string {
    const version = this.#secrets.add(key, payload);
    this.push(key);
    return version;
  }

  #erased({ key, property }: WriteRef): boolean {
    if (property === undefined) return this.erase(key);
    const fields = this.#secrets.fieldsOf(key);
    const was = fields.delete(property);
    if (was) this.#store(key, { kind: 'fields', fields });
    return was;
  }

  #merged(ref: WriteRef, value: SecretValue): Payload {
    if (ref.property === undefined) return { kind: 'value', value: value.copy() };
    return { kind: 'fields', fields: this.#secrets.fieldsOf(ref.key).set(ref.property, value.copy()) };
  }
}
