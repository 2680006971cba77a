/**
 * Stores and removes single data keys of Secrets, each write on condition that the Secret is still the one that was
 * looked at. Owned by the kubernetes backend, with its client.
 */
import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../../kube/kube-client.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import { SECRETS, type Secret } from '../../kube/kube-objects.ts';
import type { SecretValue } from '../../model/secret-value.ts';
import type { RemoveAnswer, WriteAnswer, WriteRef, WriteRefused } from '../port.ts';
import { isAbsence, refusalFor } from './kube-answer.ts';
import { isDataKey, isSecretName, isSource, versionOf } from './source-secret.ts';

// what the API server accepts as the sum of a Secret's values
const MAX_SECRET_BYTES = 1_048_576;
// somebody else wrote in between: look again, but do not fight
const MAX_ATTEMPTS = 3;

const refused = (why: WriteRefused['why']): WriteRefused => ({ kind: 'refused', why });

export class SecretWriter {
  readonly #client: KubeClient;
  readonly #namespace: string;

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** Without `property`, a Secret's only data key; a new Secret needs one. */
  async put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    if (!isSecretName(ref.key)) return refused('keyInvalid');
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        return await this.#put(ref, value, signal);
      } catch (error) {
        if (!isKubeError(error, 'conflict', 'alreadyExists')) return writeRefusal(error, signal);
      }
    }
    return refused('conflict');
  }

  /** With `property` one data key, otherwise the whole Secret. */
  async remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    if (!isSecretName(ref.key)) return { kind: 'absent' };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        return await this.#remove(ref, signal);
      } catch (error) {
        if (!isKubeError(error, 'conflict')) return removeRefusal(error, signal);
      }
    }
    return refused('conflict');
  }

  async #put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    const current = await this.#find(ref.key, signal);
    if (current && !isSource(current)) return { kind: 'sourceRefused' };
    const property = ref.property ?? onlyKey(current);
    if (property === undefined) return refused('partNeeded');
    if (!isDataKey(property)) return refused('keyInvalid');
    if (bytesWithout(current, property) + value.byteLength > MAX_SECRET_BYTES) return refused('tooLarge');
    const data = { [property]: value.reveal().toString('base64') };
    const stored = current
      ? await this.#client.mergePatch(
          SECRETS,
          this.#ref(ref.key),
          { metadata: { ...unchanged(current).metadata, annotations: anotherVersion() }, data },
          { signal },
        )
      : await this.#client.create(SECRETS, this.#draft(ref.key, data), { signal });
    // overwritten: the server keeps no other
    const earlier = Object.hasOwn(current?.data ?? {}, property) ? 'unusable' : 'none';
    return { kind: 'stored', version: versionOf(stored), earlier };
  }

  async #remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    const current = await this.#find(ref.key, signal);
    if (!current) return { kind: 'absent' };
    if (!isSource(current)) return { kind: 'sourceRefused' };
    if (ref.property === undefined) {
      const { uid, resourceVersion } = current.metadata;
      await this.#client.delete(SECRETS, this.#ref(ref.key), { uid, resourceVersion, signal });
      return { kind: 'removed', recoverable: false };
    }
    if (!Object.hasOwn(current.data ?? {}, ref.property)) return { kind: 'absent' };
    const patch = { ...unchanged(current), data: { [ref.property]: null } };
    await this.#client.mergePatch(SECRETS, this.#ref(ref.key), patch, { signal });
    return { kind: 'removed', recoverable: false };
  }

  async #find(key: string, signal: AbortSignal): Promise<Secret | undefined> {
    try {
      return await this.#client.get(SECRETS, this.#ref(key), { signal });
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  #ref(name: string) {
    return { namespace: this.#namespace, name };
  }

  #draft(name: string, data: Readonly<Record<string, string>>) {
    return { apiVersion: 'v1', kind: 'Secret', metadata: this.#ref(name), type: 'Opaque', data };
  }
}

function unchanged({ metadata: { uid, resourceVersion } }: Secret) {
  return { metadata: { uid, resourceVersion } };
}

// the API server keeps a version when nothing differs, and would tell whoever may only write that a guess was right
const NONCE = 'secretscope.dev/write';

function anotherVersion(): Record<string, string> {
  return { [NONCE]: randomBytes(9).toString('base64url') };
}

function onlyKey(secret: Secret | undefined): string | undefined {
  const keys = Object.keys(secret?.data ?? {});
  return keys.length === 1 ? keys[0] : undefined;
}

/** What the other data keys take; base64 is 4 for 3. */
function bytesWithout(secret: Secret | undefined, property: string): number {
  let sum = 0;
  for (const [key, text] of Object.entries(secret?.data ?? {})) {
    if (key !== property) sum += Buffer.byteLength(text, 'base64');
  }
  return sum;
}

function writeRefusal(error: unknown, signal: AbortSignal): WriteAnswer {
  if (isKubeError(error, 'tooLarge')) return refused('tooLarge');
  // names and sizes have been checked: what is left is an immutable Secret, or an admission policy
  if (isKubeError(error, 'invalid')) return refused('rejected');
  return refusalFor(error, signal);
}

function removeRefusal(error: unknown, signal: AbortSignal): RemoveAnswer {
  if (isKubeError(error, 'invalid')) return refused('rejected');
  return isKubeError(error, 'notFound') ? { kind: 'absent' } : refusalFor(error, signal);
}
