/**
 * Values in: PutSecretValue, CreateSecret, DeleteSecret. Called by aws-backend.ts.
 * AWS has no data keys in a secret: `property` names a part of a JSON text there, which is its owner's to compose.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { SecretValue } from '../../../model/secret-value.ts';
import type { RemoveAnswer, WriteAnswer, WriteRef, WriteRefused } from '../../port.ts';
import { type AwsVerdict, refusalFrom } from './aws-answer.ts';
import type { Attempt, AwsCalls } from './aws-calls.ts';
import type { AwsDescriber } from './aws-describer.ts';
import { isAwsName } from './aws-names.ts';

/** `days` from 7 to 30, in which a deletion can be taken back; `forced` is at once and for ever. */
export type AwsRemoval = { readonly kind: 'forced' } | { readonly kind: 'scheduled'; readonly days: number };

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html, "Secret value size" */
export const MAX_VALUE_BYTES = 65_536;

type Content = { readonly SecretString: string } | { readonly SecretBinary: Uint8Array };
type Stored = Attempt<{ readonly VersionId?: string | undefined }> & {
  /** there was no secret of that name before */
  readonly isNew?: boolean;
};

const refused = (why: WriteRefused['why']): WriteRefused => ({ kind: 'refused', why });

export class AwsWriter {
  readonly #calls: AwsCalls;
  readonly #describer: AwsDescriber;
  readonly #removal: AwsRemoval;

  constructor(calls: AwsCalls, describer: AwsDescriber, removal: AwsRemoval) {
    this.#calls = calls;
    this.#describer = describer;
    this.#removal = removal;
  }

  /**
   * The version before stays readable, as AWSPREVIOUS and by its id, and nothing takes it away but deleting the secret:
   * a version without labels is one that AWS can delete, not one that it does not hand out. So it keeps its label, which
   * rotations by Lambda go back to.
   * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
   */
  async put({ key, property }: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    signal.throwIfAborted();
    if (!isAwsName(key)) return refused('keyInvalid');
    if (property !== undefined) return refused('wholeOnly');
    if (value.byteLength > MAX_VALUE_BYTES) return refused('tooLarge');
    const stored = await this.#store(key, contentOf(value), signal);
    if (stored.kind === 'failed') return this.#notStored(key, stored.verdict, signal);
    const version = stored.output.VersionId;
    if (!version) return { kind: 'unavailable', code: 'BadAnswer' };
    return { kind: 'stored', version, earlier: stored.isNew ? 'none' : 'usable' };
  }

  /**
   * Whether it is there is asked first: a forced deletion succeeds for what never was. It is also what ends the days of
   * one that was scheduled by somebody.
   * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
   */
  async remove({ key, property }: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    signal.throwIfAborted();
    if (!isAwsName(key)) return { kind: 'absent' };
    // the other fields are somebody's too
    if (property !== undefined) return refused('wholeOnly');
    const there = await this.#describer.secret(key, signal);
    if (there.kind === 'failed') return notRemoved(there.verdict);
    const isScheduled = there.output.DeletedDate !== undefined;
    if (isScheduled && this.#removal.kind === 'scheduled') return { kind: 'absent' };
    const input = { SecretId: key, ...removalInput(this.#removal) };
    const gone = await this.#calls.attempt((client, options) => client.deleteSecret(input, options), signal);
    if (gone.kind === 'failed') return notRemoved(gone.verdict);
    return { kind: 'removed', recoverable: this.#removal.kind === 'scheduled' };
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
    if (created.kind === 'failed' && created.verdict.kind === 'exists') return put();
    return { ...created, isNew: true };
  }

  /** AWS has one error for a secret that waits for its deletion and for one that another service keeps. */
  async #notStored(key: string, verdict: AwsVerdict, signal: AbortSignal): Promise<WriteAnswer> {
    if (verdict.kind === 'exists' || verdict.kind === 'notFound') return refused('conflict');
    if (verdict.kind !== 'wrongState') return refusalFrom(verdict);
    const there = await this.#describer.secret(key, signal);
    // not restored: that would bring back more than was asked for
    if (there.kind === 'done') return refused(there.output.DeletedDate ? 'softDeleted' : 'rejected');
    return there.verdict.kind === 'notFound' ? refused('conflict') : refusalFrom(there.verdict);
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

function notRemoved(verdict: AwsVerdict): RemoveAnswer {
  if (verdict.kind === 'notFound') return { kind: 'absent' };
  // the primary of replicas, or what another service keeps
  return verdict.kind === 'wrongState' ? refused('rejected') : refusalFrom(verdict);
}
