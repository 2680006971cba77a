/** Secrets with all their versions. Owned by memory.ts. */
import { SecretValue } from '../../model/secret-value.ts';
import { isBelow } from '../key-prefix.ts';
import type { NoAnswer, Payload, SecretRef } from '../port.ts';

export interface MemoryVersion {
  readonly version: string;
  readonly payload: Payload;
}

export class MemoryVersions {
  readonly #secrets = new Map<string, MemoryVersion[]>();
  #count = 0;

  add(key: string, payload: Payload): string {
    const version = `v${++this.#count}`;
    this.#secrets.set(key, [...(this.#secrets.get(key) ?? []), { version, payload }]);
    return version;
  }

  has(key: string): boolean {
    return this.#secrets.has(key);
  }

  /** False when there was none. */
  drop(key: string): boolean {
    return this.#secrets.delete(key);
  }

  find(ref: SecretRef): MemoryVersion | NoAnswer {
    const versions = this.#secrets.get(ref.key);
    const current = versions?.at(-1);
    if (!current) return { kind: 'absent' };
    if (ref.version === undefined) return current;
    return versions?.find(({ version }) => version === ref.version) ?? { kind: 'versionGone' };
  }

  below(prefix: string): string[] {
    return [...this.#secrets.keys()].filter((key) => isBelow(key, prefix)).sort();
  }

  /** Copies of the current named values; empty for a secret that is one value. */
  fieldsOf(key: string): Map<string, SecretValue> {
    const payload = this.#secrets.get(key)?.at(-1)?.payload;
    if (payload?.kind !== 'fields') return new Map();
    return new Map([...payload.fields].map(([name, value]) => [name, value.copy()]));
  }
}

export function payloadOf(content: string | Readonly<Record<string, string>>): Payload {
  if (typeof content === 'string') return { kind: 'value', value: SecretValue.fromText(content) };
  const fields = Object.entries(content).map(([name, text]) => [name, SecretValue.fromText(text)] as const);
  return { kind: 'fields', fields: new Map(fields) };
}
