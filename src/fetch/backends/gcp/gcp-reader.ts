/**
 * Payloads of secret versions at Google: found, checked, or why not. Called by the Google backend.
 *
 * https://cloud.google.com/secret-manager/docs/access-secret-version
 */
import type { NoAnswer, SecretRef, VersionAnswer } from '../../port.ts';
import { gcpNoAnswer } from './gcp-answer.ts';
import type { GcpChannel } from './gcp-channel.ts';
import { crc32c } from './gcp-crc32c.ts';
import { type GcpPlace, versionNumber, versionPath } from './gcp-names.ts';
import type { GcpReply } from './gcp-sdk.ts';
import { LATEST, sought } from './gcp-sought.ts';
import { MAX_PAYLOAD_BYTES } from './gcp-writer.ts';

/** `data` is the caller's to keep or to wipe. */
export interface Accessed {
  readonly kind: 'accessed';
  readonly version: string;
  readonly data: Buffer;
  /** whether it is what its checksum says */
  readonly intact: boolean;
}

const BAD_ANSWER: NoAnswer = { kind: 'unavailable', code: 'BadAnswer' };

export class GcpReader {
  readonly #channel: GcpChannel;
  readonly #place: GcpPlace;

  constructor(channel: GcpChannel, place: GcpPlace) {
    this.#channel = channel;
    this.#place = place;
  }

  async access(ref: SecretRef, signal: AbortSignal): Promise<Accessed | NoAnswer> {
    signal.throwIfAborted();
    const ask = (version: string) => this.#ask(ref.key, version, signal);
    return sought(ref, ask, () => this.#latest(ref.key, signal));
  }

  async #ask(key: string, version: string, signal: AbortSignal): Promise<Accessed | NoAnswer> {
    const name = versionPath(this.#place, key, version);
    try {
      return accessed(await this.#channel.call('accessSecretVersion', { name }, signal), key);
    } catch (error) {
      return gcpNoAnswer(error, signal);
    }
  }

  async #latest(key: string, signal: AbortSignal): Promise<VersionAnswer> {
    const latest = await this.#ask(key, LATEST, signal);
    if (latest.kind !== 'accessed') return latest;
    latest.data.fill(0);
    return { kind: 'found', version: latest.version };
  }
}

/** What cannot be understood is wiped like what is not wanted. */
function accessed({ name, payload }: GcpReply<'accessSecretVersion'>, key: string): Accessed | NoAnswer {
  const data = payload?.data;
  if (!Buffer.isBuffer(data)) return BAD_ANSWER;
  const version = versionNumber(name ?? '', key);
  // no secret of Google's is larger; whatever sent it is not Google
  if (version === undefined || data.length > MAX_PAYLOAD_BYTES) {
    data.fill(0);
    return BAD_ANSWER;
  }
  const sum = payload?.dataCrc32c;
  const intact = sum === undefined || sum === null || Number(sum) === crc32c(data);
  return { kind: 'accessed', version, data, intact };
}
