/**
 * Values: BatchGetSecretValue for what is current, GetSecretValue for fixed versions, for a single secret and for an
 * identity that may not use batches. Called by aws-backend.ts.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
import type { BatchGetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../../../kube/clock.ts';
import type { ReadAnswer, SecretRef } from '../../port.ts';
import { type AwsVerdict, isFinding, itemVerdict, refusalFrom } from './aws-answer.ts';
import type { Attempt, AwsCalls } from './aws-calls.ts';
import type { AwsDescriber } from './aws-describer.ts';
import { type AwsEntry, entryAnswer } from './aws-entry.ts';
import { isAwsName, versionInput } from './aws-names.ts';
import { inParallel, inParallelWhileWelcome } from './aws-parallel.ts';

/** By key: what was found, or why not. */
type Outcomes = Map<string, AwsEntry | AwsVerdict>;
type Batch = Attempt<BatchGetSecretValueCommandOutput>;

// a right that was refused may be granted later; until then each secret is one request
const BATCHES_DENIED_MS = 600_000;
// AWS may answer a part with a token for the rest, even an empty part: one page for each id would be the worst
const MAX_PAGES = 20;

export class AwsReader {
  readonly #calls: AwsCalls;
  readonly #describer: AwsDescriber;
  readonly #clock: Clock;
  #batchesDeniedAt = Number.NEGATIVE_INFINITY;

  constructor(calls: AwsCalls, describer: AwsDescriber, clock: Clock) {
    this.#calls = calls;
    this.#describer = describer;
    this.#clock = clock;
  }

  async read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    const current = refs.filter(({ key, version }) => version === undefined && isAwsName(key));
    const outcomes = await this.#current([...new Set(current.map(({ key }) => key))], signal);
    return inParallel(refs, (ref) => this.#answer(ref, outcomes, signal));
  }

  async #answer(ref: SecretRef, outcomes: Outcomes, signal: AbortSignal): Promise<ReadAnswer> {
    if (!isAwsName(ref.key)) return { kind: 'absent' };
    const known = ref.version === undefined ? outcomes.get(ref.key) : await this.#get(ref, signal);
    if (!known) return { kind: 'unavailable', code: 'AnswersMissing' };
    return 'kind' in known ? this.#withoutValue(ref, known, signal) : entryAnswer(ref.key, known);
  }

  /**
   * AWS says ResourceNotFound of a missing secret and of a missing version, and InvalidRequest of a secret that is
   * scheduled for deletion, among others: what it is like now decides.
   */
  async #withoutValue(ref: SecretRef, verdict: AwsVerdict, signal: AbortSignal): Promise<ReadAnswer> {
    if (!isFinding(verdict)) return verdict;
    if (verdict.kind === 'undecryptable') return { kind: 'denied', code: 'KeyDenied' };
    if (verdict.kind === 'notFound' && ref.version === undefined) return { kind: 'absent' };
    const described = await this.#describer.describe(ref, signal);
    return described.kind === 'found' ? refusalFrom(verdict) : described;
  }

  async #current(keys: readonly string[], signal: AbortSignal): Promise<Outcomes> {
    const mayBatch = this.#clock.monotonic() - this.#batchesDeniedAt >= BATCHES_DENIED_MS;
    return keys.length > 1 && mayBatch ? this.#batch(keys, signal) : this.#one(keys, signal);
  }

  /** Cut in halves as long as it fails for what is in it: 2n − 1 calls at worst, 39 for 20 secrets. */
  async #batch(keys: readonly string[], signal: AbortSignal): Promise<Outcomes> {
    if (keys.length === 1) return this.#one(keys, signal);
    const outcomes: Outcomes = new Map();
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const batch = await this.#page(keys, next, signal);
      if (batch.kind === 'failed') return this.#afterFailure(keys, batch.verdict, signal);
      this.#collect(batch.output, outcomes);
      next = batch.output.NextToken;
      if (!next) break;
    }
    return outcomes;
  }

  #page(keys: readonly string[], next: string | undefined, signal: AbortSignal): Promise<Batch> {
    const input = { SecretIdList: [...keys], ...(next && { NextToken: next }) };
    return this.#calls.attempt((client, options) => client.batchGetSecretValue(input, options), signal);
  }

  async #afterFailure(keys: readonly string[], verdict: AwsVerdict, signal: AbortSignal): Promise<Outcomes> {
    if (isFinding(verdict)) {
      const middle = Math.ceil(keys.length / 2);
      const left = await this.#batch(keys.slice(0, middle), signal);
      return new Map([...left, ...(await this.#batch(keys.slice(middle), signal))]);
    }
    if (verdict.kind !== 'denied') return new Map(keys.map((key) => [key, verdict]));
    // the right to batches is one of its own, and says nothing about the secrets
    this.#batchesDeniedAt = this.#clock.monotonic();
    return this.#one(keys, signal);
  }

  async #one(keys: readonly string[], signal: AbortSignal): Promise<Outcomes> {
    const outcomes = await inParallelWhileWelcome(keys, (key) => this.#get({ key }, signal));
    return new Map(
      keys.map((key, index) => [key, outcomes[index] ?? { kind: 'unavailable', code: 'AnswersMissing' }]),
    );
  }

  async #get({ key, version }: SecretRef, signal: AbortSignal): Promise<AwsEntry | AwsVerdict> {
    const input = { SecretId: key, ...versionInput(version) };
    const got = await this.#calls.attempt((client, options) => client.getSecretValue(input, options), signal);
    return got.kind === 'done' ? got.output : got.verdict;
  }

  #collect({ SecretValues = [], Errors = [] }: BatchGetSecretValueCommandOutput, outcomes: Outcomes): void {
    for (const entry of SecretValues) if (entry.Name !== undefined) outcomes.set(entry.Name, entry);
    for (const { SecretId, ErrorCode } of Errors) {
      if (SecretId !== undefined) outcomes.set(SecretId, itemVerdict(ErrorCode, this.#calls.random));
    }
  }
}
