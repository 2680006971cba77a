/**
 * Stores and deletes secrets at Google. Called by the Google backend; may look into the value that it stores.
 *
 * https://cloud.google.com/secret-manager/docs/add-secret-version
 */
import type { SecretValue } from '../../../model/secret-value.ts';
import type { RemoveAnswer, WriteAnswer, WriteRef } from '../../port.ts';
import { GRPC, gcpRefusal, isGrpcFailure } from './gcp-answer.ts';
import type { GcpChannel } from './gcp-channel.ts';
import { crc32c } from './gcp-crc32c.ts';
import type { GcpEarlier } from './gcp-earlier.ts';
import { type GcpPlace, isSecretId, parentOf, secretName, versionNumber } from './gcp-names.ts';

export interface GcpWriterOptions {
  readonly place: GcpPlace;
  /** regions of the secrets that are created; empty means that Google chooses */
  readonly replicas: readonly string[];
  readonly earlier: GcpEarlier;
}

/** https://cloud.google.com/secret-manager/quotas */
export const MAX_PAYLOAD_BYTES = 65_536;

export class GcpWriter {
  readonly #channel: GcpChannel;
  readonly #options: GcpWriterOptions;

  constructor(channel: GcpChannel, options: GcpWriterOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** A secret is one value: a property of it cannot be stored alone. */
  async put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    signal.throwIfAborted();
    if (!isSecretId(ref.key)) return { kind: 'refused', why: 'keyInvalid' };
    if (ref.property !== undefined) return { kind: 'refused', why: 'wholeOnly' };
    if (value.byteLength > MAX_PAYLOAD_BYTES) return { kind: 'refused', why: 'tooLarge' };
    const version = await this.#stored(ref.key, value, signal);
    if (typeof version !== 'string') return version;
    const stored = { key: ref.key, version, spare: ref.spare ?? [] };
    return { kind: 'stored', version, earlier: await this.#options.earlier.disable(stored, signal) };
  }

  async remove({ key, property }: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    signal.throwIfAborted();
    if (!isSecretId(key)) return { kind: 'absent' };
    if (property !== undefined) return { kind: 'refused', why: 'wholeOnly' };
    try {
      await this.#channel.call('deleteSecret', { name: secretName(this.#options.place, key) }, signal);
      return { kind: 'removed', recoverable: false };
    } catch (error) {
      if (isGrpcFailure(error, GRPC.notFound)) return { kind: 'absent' };
      return gcpRefusal(error, signal);
    }
  }

  async #stored(key: string, value: SecretValue, signal: AbortSignal): Promise<string | WriteAnswer> {
    try {
      return (await this.#put(key, value, signal)) ?? { kind: 'unavailable', code: 'BadAnswer' };
    } catch (error) {
      if (isGrpcFailure(error, GRPC.aborted)) return { kind: 'refused', why: 'conflict' };
      return gcpRefusal(error, signal);
    }
  }

  /** Most secrets exist: one call. The number of the version, if that is told. */
  async #put(key: string, value: SecretValue, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await this.#add(key, value, signal);
    } catch (error) {
      if (!isGrpcFailure(error, GRPC.notFound)) throw error;
    }
    await this.#create(key, signal);
    return this.#add(key, value, signal);
  }

  async #add(key: string, value: SecretValue, signal: AbortSignal): Promise<string | undefined> {
    const data = value.reveal();
    const payload = { data, dataCrc32c: crc32c(data) };
    const parent = secretName(this.#options.place, key);
    const { name } = await this.#channel.call('addSecretVersion', { parent, payload }, signal);
    return versionNumber(name ?? '', key);
  }

  /** Somebody else may have been faster; then the version goes into theirs. */
  async #create(key: string, signal: AbortSignal): Promise<void> {
    const { place } = this.#options;
    const secret = place.location === undefined ? { replication: this.#replication() } : {};
    try {
      await this.#channel.call('createSecret', { parent: parentOf(place), secretId: key, secret }, signal);
    } catch (error) {
      if (!isGrpcFailure(error, GRPC.alreadyExists)) throw error;
    }
  }

  /** Cannot be changed later: https://cloud.google.com/secret-manager/docs/choosing-replication */
  #replication() {
    const { replicas } = this.#options;
    if (replicas.length === 0) return { automatic: {} };
    return { userManaged: { replicas: replicas.map((location) => ({ location })) } };
  }
}
