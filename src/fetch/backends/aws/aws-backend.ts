/**
 * Secrets of one account and region of AWS Secrets Manager, read with one identity. The identity is handed in: nothing
 * is looked up in the environment, in files or at a metadata service.
 *
 * Rights it needs: DescribeSecret and GetSecretValue on the secrets, BatchGetSecretValue on `*` (without it each value
 * is a request of its own); for lists ListSecrets on `*`; for pinned ids without labels ListSecretVersionIds; for
 * writing PutSecretValue, CreateSecret and DeleteSecret; kms:Decrypt where a key of the customer's own is used.
 */
import type { Clock, Random } from '../../../kube/clock.ts';
import type { SecretValue } from '../../../model/secret-value.ts';
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  Refusal,
  RemoveAnswer,
  SecretRef,
  SurveyPage,
  VersionAnswer,
  WriteAnswer,
  WriteRef,
} from '../../port.ts';
import type { ChangeFeed } from '../change-feed.ts';
import { AwsCalls } from './aws-calls.ts';
import type { AwsCredentials } from './aws-credentials.ts';
import { AwsDescriber } from './aws-describer.ts';
import { AwsLister, type AwsTag } from './aws-lister.ts';
import { inParallelWhileWelcome } from './aws-parallel.ts';
import { AwsReader } from './aws-reader.ts';
import type { AwsReach } from './aws-settings.ts';
import { type AwsRemoval, AwsWriter, MAX_VALUE_BYTES } from './aws-writer.ts';

export interface AwsBackendOptions extends AwsReach {
  readonly credentials: AwsCredentials;
  /** what `remove` does; for ever if absent: a deleted value is one that nobody is to have any more */
  readonly removal?: AwsRemoval;
  readonly clock: Clock;
  readonly random: Random;
  /** events of changes; closed with the backend */
  readonly feed?: ChangeFeed | undefined;
  /** called by `close`: whatever else was opened for it */
  readonly release?: (() => void) | undefined;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html; quotas are per account and region */
const CAPABILITIES: Capabilities = Object.freeze({
  provider: 'aws',
  // BatchGetSecretValue takes 20 ids
  batchSize: 20,
  concurrency: 8,
  // BatchGetSecretValue: 100 a second; 40 leave 60 to everything else in the account. As DescribeSecret or, without
  // the right to batches, GetSecretValue: 40 × 20 = 800 of 10,000 a second. ListSecrets: 100 a second, one at a time
  callsPerSecond: 40,
  maxValueBytes: MAX_VALUE_BYTES,
  readsOldVersions: true,
  pushesChanges: false,
  surveyTells: 'versions',
  // 50,000 secrets are 500 calls: 2,000 a day, one cent. ListSecrets may lag, and an event may be lost
  sweepMs: 6 * 3_600_000,
});

const FORCED: AwsRemoval = { kind: 'forced' };
// need not exist: whatever AWS answers about it proves that it knows the identity
const PROBE = 'secretscope-check';

export class AwsBackend implements Backend {
  readonly capabilities = CAPABILITIES;
  readonly #calls: AwsCalls;
  readonly #describer: AwsDescriber;
  readonly #reader: AwsReader;
  readonly #lister: AwsLister;
  readonly #writer: AwsWriter;
  readonly #feed: ChangeFeed | undefined;
  readonly #release: (() => void) | undefined;
  readonly watch?: (onChange: (key: string | undefined) => void) => () => void;

  constructor(options: AwsBackendOptions) {
    const { credentials, random, clock, removal = FORCED, feed, release } = options;
    this.#calls = new AwsCalls(options, credentials, random);
    this.#describer = new AwsDescriber(this.#calls);
    this.#reader = new AwsReader(this.#calls, this.#describer, clock);
    this.#lister = new AwsLister(this.#calls);
    this.#writer = new AwsWriter(this.#calls, this.#describer, removal);
    this.#feed = feed;
    if (feed) this.watch = (onChange) => feed.watch(onChange);
    this.#release = release;
  }

  async describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]> {
    signal.throwIfAborted();
    return inParallelWhileWelcome(refs, (ref) => this.#describer.describe(ref, signal));
  }

  async read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    signal.throwIfAborted();
    return this.#reader.read(refs, signal);
  }

  list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    return this.#lister.list(prefix, signal);
  }

  /** Keys of secrets with exactly this tag; at most 20 pages, then `truncated`. */
  listTagged(tag: AwsTag, signal: AbortSignal): Promise<ListAnswer> {
    return this.#lister.listTagged(tag, signal);
  }

  /** The account, a hundred secrets a call. */
  survey(cursor: string | undefined, signal: AbortSignal): Promise<SurveyPage | Refusal> {
    return this.#lister.survey(cursor, signal);
  }

  live(): boolean {
    return this.#feed?.live === true;
  }

  onLive(listener: (live: boolean, code: string) => void): void {
    this.#feed?.onLive(listener);
  }

  requests(): number {
    return this.#calls.sent;
  }

  put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#writer.put(ref, value, signal);
  }

  remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    return this.#writer.remove(ref, signal);
  }

  /**
   * Needs no right at all, as `denied` proves the identity as well as an answer does. sts:GetCallerIdentity would not
   * either, but it goes to another host: that one may answer when Secrets Manager cannot be reached. ListSecrets would
   * need a right on all secrets.
   */
  async check(signal: AbortSignal): Promise<CheckAnswer> {
    const answer = await this.#describer.describe({ key: PROBE }, signal);
    switch (answer.kind) {
      case 'found':
      case 'absent':
      case 'softDeleted':
      case 'versionGone':
      case 'disabled':
      case 'denied':
        return { kind: 'reachable' };
      case 'sourceRefused':
      case 'identityUnavailable':
      case 'throttled':
      case 'unavailable':
        return answer;
    }
  }

  async close(): Promise<void> {
    await this.#feed?.close();
    this.#calls.close();
    this.#release?.();
  }
}
