/**
 * Stores and removes secrets of a vault. Owned by an azure backend, which makes the calls.
 *
 * A removed secret is soft-deleted first: it resolves to nothing, and for 7 to 90 days its name is taken, so nothing can
 * be stored under it until it is recovered or purged. Purging needs a right of its own, and a vault without purge
 * protection.
 * https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
 */
import type { SecretProperties } from '@azure/keyvault-secrets';
import { type Clock, sleep } from '../../../kube/clock.ts';
import { MAX_AZURE_VALUE_BYTES } from '../../../model/names.ts';
import type { SecretValue } from '../../../model/secret-value.ts';
import type { RemoveAnswer, WriteAnswer, WriteRef } from '../../port.ts';
import { azureRefusal, isFailure, isSecretAbsent } from './azure-answer.ts';
import { type AzureCall, AzureEarlier } from './azure-earlier.ts';
import { isVaultSecretName } from './azure-names.ts';

export interface AzureWriterOptions {
  readonly call: AzureCall;
  /** Removes for good, where it may. */
  readonly purge: boolean;
  readonly clock: Clock;
}

// whether a KB has 1,000 or 1,024 bytes is not said; the vault decides on what lies between
const SURE_BYTES = 25_000;
// a deletion takes a few seconds; 10 looks, one a second, fit into the 30 s of a call
const PURGE_LOOKS = 10;
const PURGE_WAIT_MS = 1_000;

export class AzureWriter {
  readonly #options: AzureWriterOptions;
  readonly #earlier: AzureEarlier;

  constructor(options: AzureWriterOptions) {
    this.#options = options;
    this.#earlier = new AzureEarlier(options.call, options.clock);
  }

  /**
   * A value is one text: a `property` would mean to read it, change it and write it back, and a vault has no
   * condition that would notice another writer in between.
   */
  async put(
    { key, property, spare = [] }: WriteRef,
    value: SecretValue,
    signal: AbortSignal,
  ): Promise<WriteAnswer> {
    signal.throwIfAborted();
    if (!isVaultSecretName(key)) return { kind: 'refused', why: 'keyInvalid' };
    if (property !== undefined) return { kind: 'refused', why: 'wholeOnly' };
    if (value.byteLength > MAX_AZURE_VALUE_BYTES) return { kind: 'refused', why: 'tooLarge' };
    const text = textOf(value);
    // a vault keeps text only; anything else would come back changed
    if (text === undefined) return { kind: 'refused', why: 'notText' };
    const stored = await this.#set(key, text, value.byteLength, signal);
    if ('kind' in stored) return stored;
    const { version } = stored;
    if (!version) return { kind: 'unavailable', code: 'BadAnswer' };
    return { kind: 'stored', version, earlier: await this.#earlier.disable(stored, spare, signal) };
  }

  async remove({ key, property }: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    signal.throwIfAborted();
    if (!isVaultSecretName(key)) return { kind: 'absent' };
    // the other fields are somebody's too
    if (property !== undefined) return { kind: 'refused', why: 'wholeOnly' };
    try {
      await this.#options.call((client) => client.beginDeleteSecret(key, { abortSignal: signal }), signal);
    } catch (error) {
      if (!isSecretAbsent(error)) return azureRefusal(error, signal);
      // deleted by somebody, perhaps, and still kept
      const isPurged = this.#options.purge && (await this.#purge(key, 1, signal));
      return isPurged ? { kind: 'removed', recoverable: false } : { kind: 'absent' };
    }
    const isPurged = this.#options.purge && (await this.#purge(key, PURGE_LOOKS, signal));
    return { kind: 'removed', recoverable: !isPurged };
  }

  async #set(
    key: string,
    text: string,
    bytes: number,
    signal: AbortSignal,
  ): Promise<SecretProperties | WriteAnswer> {
    try {
      const set = await this.#options.call(
        (client) => client.setSecret(key, text, { abortSignal: signal }),
        signal,
      );
      return set.properties;
    } catch (error) {
      return notSet(error, bytes, signal);
    }
  }

  /** Whether it is gone for good. Removed it is by now; that purging is not allowed, or takes longer, does not change that. */
  async #purge(key: string, looks: number, signal: AbortSignal): Promise<boolean> {
    for (let look = 1; ; look++) {
      try {
        await this.#options.call((client) => client.purgeDeletedSecret(key, { abortSignal: signal }), signal);
        return true;
      } catch (error) {
        signal.throwIfAborted();
        // 404: not there yet; 409: still being deleted
        const isEarly = isFailure(error, 404) || isFailure(error, 409);
        if (!isEarly || look >= looks) return false;
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

function notSet(error: unknown, bytes: number, signal: AbortSignal): WriteAnswer {
  // deleted but recoverable, or being deleted
  if (isFailure(error, 409)) return { kind: 'refused', why: 'softDeleted' };
  const large = isFailure(error, 413) || (isFailure(error, 400) && bytes > SURE_BYTES);
  return large ? { kind: 'refused', why: 'tooLarge' } : azureRefusal(error, signal);
}
