/**
 * Stores and removes secrets of a vault. Owned by an azure backend, which makes the calls.
 *
 * A removed secret is soft-deleted: it resolves to nothing, and for 7 to 90 days its name is taken, so storing under
 * it is a conflict until it is recovered or purged at the vault.
 * https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
 */
import type { SecretClient } from '@azure/keyvault-secrets';
import { type Clock, sleep } from '../../../kube/clock.ts';
import type { SecretValue } from '../../../model/secret-value.ts';
import type { RemoveAnswer, SecretRef, WriteAnswer } from '../../port.ts';
import { azureRefusal, isFailure, isSecretAbsent } from './azure-answer.ts';
import { isVaultSecretName } from './azure-names.ts';

export type AzureWriteRef = Pick<SecretRef, 'key'> & { readonly property?: string };

export interface AzureWriterOptions {
  readonly call: <T>(run: (client: SecretClient) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Removes for good. Needs the right to purge, and a vault without purge protection. */
  readonly purge: boolean;
  readonly clock: Clock;
}

/** 25 KB: https://learn.microsoft.com/azure/key-vault/secrets/about-secrets */
export const MAX_AZURE_VALUE_BYTES = 25_600;
// whether a KB has 1,000 or 1,024 bytes is not said; the vault decides on what lies between
const SURE_BYTES = 25_000;
// a deletion takes a few seconds; 10 looks, one a second, fit into the 30 s of a call
const PURGE_LOOKS = 10;
const PURGE_WAIT_MS = 1_000;

export class AzureWriter {
  readonly #options: AzureWriterOptions;

  constructor(options: AzureWriterOptions) {
    this.#options = options;
  }

  /**
   * A value is one text: a `property` would mean to read it, change it and write it back, and a vault has no
   * condition that would notice another writer in between.
   */
  async put({ key, property }: AzureWriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    signal.throwIfAborted();
    if (property !== undefined || !isVaultSecretName(key)) return { kind: 'refused', why: 'keyInvalid' };
    if (value.byteLength > MAX_AZURE_VALUE_BYTES) return { kind: 'refused', why: 'tooLarge' };
    const text = textOf(value);
    // a vault keeps text only; anything else would come back changed
    if (text === undefined) return { kind: 'unavailable', code: 'NotUtf8' };
    try {
      const stored = await this.#options.call(
        (client) => client.setSecret(key, text, { abortSignal: signal }),
        signal,
      );
      const { version } = stored.properties;
      return version ? { kind: 'stored', version } : { kind: 'unavailable', code: 'BadAnswer' };
    } catch (error) {
      return writeAnswer(error, value.byteLength, signal);
    }
  }

  async remove({ key, property }: AzureWriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    signal.throwIfAborted();
    // the other fields are somebody's too
    if (property !== undefined) return { kind: 'sourceRefused' };
    if (!isVaultSecretName(key)) return { kind: 'absent' };
    try {
      await this.#options.call((client) => client.beginDeleteSecret(key, { abortSignal: signal }), signal);
      if (this.#options.purge) await this.#purge(key, signal);
      return { kind: 'removed' };
    } catch (error) {
      return isSecretAbsent(error) ? { kind: 'absent' } : azureRefusal(error, signal);
    }
  }

  /** Removed it is by now; that purging is not allowed, or takes longer, does not change that. */
  async #purge(key: string, signal: AbortSignal): Promise<void> {
    for (let look = 0; look < PURGE_LOOKS; look++) {
      try {
        return await this.#options.call(
          (client) => client.purgeDeletedSecret(key, { abortSignal: signal }),
          signal,
        );
      } catch (error) {
        signal.throwIfAborted();
        // 404: not there yet; 409: still being deleted
        if (!isFailure(error, 404) && !isFailure(error, 409)) return;
        await sleep(this.#options.clock, PURGE_WAIT_MS, signal);
      }
    }
  }
}

/** undefined where it is no UTF-8: putting it into text would lose bytes. */
function textOf(value: SecretValue): string | undefined {
  const bytes = value.reveal();
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

function writeAnswer(error: unknown, bytes: number, signal: AbortSignal): WriteAnswer {
  // deleted but recoverable, or being deleted
  if (isFailure(error, 409)) return { kind: 'refused', why: 'conflict' };
  const large = isFailure(error, 413) || (isFailure(error, 400) && bytes > SURE_BYTES);
  return large ? { kind: 'refused', why: 'tooLarge' } : azureRefusal(error, signal);
}
