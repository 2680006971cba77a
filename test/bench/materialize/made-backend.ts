/**
 * Owns: a provider that makes its values when they are read and holds none, so that they are not counted as the
 * operator's. It knows every version, as a backend that watches its provider does.
 * Called by: memory-operator.ts.
 */

import { RefusedBackend } from '../../../src/fetch/backends/refused.ts';
import type {
  Capabilities,
  CheckAnswer,
  ReadAnswer,
  SecretRef,
  VersionAnswer,
} from '../../../src/fetch/port.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { uidOf } from './memory-kube.ts';
import { OWN_SOURCE, organizationValues, ownValues } from './team-specs.ts';

export class MadeBackend extends RefusedBackend {
  override readonly capabilities: Capabilities = CAPABILITIES;
  readonly #namespace: string;

  constructor(namespace: string) {
    super('memory');
    this.#namespace = namespace;
  }

  known({ key }: SecretRef): VersionAnswer {
    return { kind: 'found', version: versionOf(key) };
  }

  watch(): () => void {
    // nothing ever changes
    return () => undefined;
  }

  override async describe(refs: readonly SecretRef[]): Promise<readonly VersionAnswer[]> {
    return refs.map((ref) => this.known(ref));
  }

  override async read(refs: readonly SecretRef[]): Promise<readonly ReadAnswer[]> {
    return refs.map(({ key }) => {
      const fields = new Map(this.#valuesOf(key).map(([name, text]) => [name, SecretValue.fromText(text)]));
      return { kind: 'found', version: versionOf(key), payload: { kind: 'fields', fields } };
    });
  }

  override async check(): Promise<CheckAnswer> {
    return { kind: 'reachable' };
  }

  #valuesOf(key: string): [string, string][] {
    if (key === OWN_SOURCE) return Object.entries(ownValues(this.#namespace));
    return organizationValues.filter(({ name }) => name === key).map(({ value }) => ['value', value]);
  }
}

const CAPABILITIES: Capabilities = {
  provider: 'memory',
  batchSize: 1,
  concurrency: 8,
  callsPerSecond: 10_000,
  maxValueBytes: 1_048_576,
  readsOldVersions: false,
  pushesChanges: true,
  sweepMs: 86_400_000,
};

const versionOf = (key: string) => `${uidOf(String(key.length))}/1234567`;
