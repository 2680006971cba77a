/**
 * Values in: PutSecretValue, CreateSecret, DeleteSecret. Called by aws-backend.ts.
 * AWS has no data keys in a secret: `property` names a part of a JSON text there, which is its owner's to compose.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { SecretValue } from '../../../model/secret-value.ts';
import type { RemoveAnswer, SecretRef, WriteAnswer } from '../../port.ts';
import { type AwsVerdict, refusalFrom } from './aws-answer.ts';
import type { Attempt, AwsCalls } from './aws-calls.ts';
import type { AwsDescriber } from './aws-describer.ts';
import { isAwsName } from './aws-names.ts';

/** `days` from 7 to 30, in which a deletion can be taken back; `forced` is at once and for ever. */
export type AwsRemoval = { readonly kind: 'forced' } | { readonly kind: 'scheduled'; readonly days: number };

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html, "Secret value size" */
export const MAX_VALUE_BYTES = 65_536;

type Ref = SecretRef & { readonly property?: string };
type Content = { readonly SecretString: string } | { readonly SecretBinary: Uint8Array };
type Stored = Attempt<{ readonly VersionId?: string | undefined }>;

export class AwsWriter {
  readonly #calls: AwsCalls;
  readonly #describer: AwsDescriber;
  readonly #removal: AwsRemoval;

  constructor(calls: AwsCalls, describer: AwsDescriber, removal: AwsRemoval) {
    this.#calls = calls;
    this.#describer = describer;
    this.#removal = removal;
  }

  async put({ key, property }: Ref, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    signal.throwIfAborted();
    if (!isAwsName(key) || property !== undefined) return { kind: 'refused', why: 'keyInvalid' };
    if (value.byteLength > MAX_VALUE_BYTES) return { kind: 'refused', why: 'tooLarge' };
    const stored = await this.#store(key, contentOf(value), signal);
    if (stored.kind === 'failed') return notStored(stored.verdict);
    const version = stored.output.VersionId;
    return version ? { kind: 'stored', version } : { kind: 'unavailable', code: 'BadAnswer' };
  }

  /**
   * Whether it is there is asked first: a forced deletion succeeds for what never was.
   * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
   */
  async remove({ key, property }: Ref, signal: AbortSignal): Promise<RemoveAnswer> {
    signal.throwIfAborted();
    if (!isAwsName(key) || property !== undefined) return { kind: 'absent' };
    const there = await this.#describer.secret(key, signal);
    if (there.kind === 'failed') return notRemoved(there.verdict);
    if (there.output.DeletedDate !== undefined) return { kind: 'absent' };
    const input = { SecretId: key, ...removalInput(this.#removal) };
    const gone = await this.#calls.attempt((client, options) => client.deleteSecret(input, options), signal);
    return gone.kind === 'done' ? { kind: 'removed' } : notRemoved(gone.verdict);
  }

  /**
   * One token for all attempts: AWS makes one version of it, whatever got lost on the way.
   * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
   */
  async #store(key: string, content: Content, signal: AbortSignal): Promise<Stored> {
    const token = { ClientRequestToken: randomUUID() };
    const put = () =>
      this.#calls.attempt(
        (client, options) => client.putSecretValue({ SecretId: key, ...token, ...content }, options),
        signal,
      );
    const first = await put();
    if (first.kind === 'done' || first.verdict.kind !== 'notFound') return first;
    const created = await this.#calls.attempt(
      (client, options) => client.createSecret({ Name: key, ...token, ...content }, options),
      signal,
    );
    // somebody was faster
    return created.kind === 'failed' && created.verdict.kind === 'exists' ? put() : created;
  }
}

function contentOf(value: SecretValue): Content {
  const bytes = value.reveal();
  return isUtf8(bytes) ? { SecretString: bytes.toString('utf8') } : { SecretBinary: bytes };
}

function removalInput(removal: AwsRemoval) {
  switch (removal.kind) {
    case 'forced':
      return { ForceDeleteWithoutRecovery: true };
    case 'scheduled':
      return { RecoveryWindowInDays: removal.days };
  }
}

function notStored(verdict: AwsVerdict): WriteAnswer {
  // scheduled for deletion, for the most part: restoring it would bring back more than was asked for
  const taken = verdict.kind === 'wrongState' || verdict.kind === 'exists' || verdict.kind === 'notFound';
  return taken ? { kind: 'refused', why: 'conflict' } : refusalFrom(verdict);
}

function notRemoved(verdict: AwsVerdict): RemoveAnswer {
  return verdict.kind === 'notFound' ? { kind: 'absent' } : refusalFrom(verdict);
}
