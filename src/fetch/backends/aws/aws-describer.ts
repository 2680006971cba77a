/** Which version of a secret is current, without its value: DescribeSecret. Called by aws-backend.ts. */
import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import type { SecretRef, VersionAnswer } from '../../port.ts';
import { refusalFrom } from './aws-answer.ts';
import type { Attempt, AwsCalls } from './aws-calls.ts';
import { awsVersion, idOfStage, isAwsName } from './aws-names.ts';

type Described = Attempt<DescribeSecretCommandOutput>;

// 20 pages × 100: a secret keeps about a hundred versions
const MAX_PAGES = 20;

export class AwsDescriber {
  readonly #calls: AwsCalls;

  constructor(calls: AwsCalls) {
    this.#calls = calls;
  }

  /**
   * A secret that is scheduled for deletion is absent, and so is one that was never given a value.
   * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
   */
  async describe({ key, version }: SecretRef, signal: AbortSignal): Promise<VersionAnswer> {
    if (!isAwsName(key)) return { kind: 'absent' };
    const described = await this.secret(key, signal);
    if (described.kind === 'failed') return noVersion(described);
    const { DeletedDate, Name, VersionIdsToStages: stages } = described.output;
    if (DeletedDate !== undefined) return { kind: 'softDeleted' };
    if (Name !== key) return { kind: 'unavailable', code: 'WrongSecret' };
    const wanted = awsVersion(version);
    switch (wanted.kind) {
      case 'stage':
        return labelled(idOfStage(stages, wanted.stage), version);
      case 'id':
        if (stages && Object.hasOwn(stages, wanted.id)) return { kind: 'found', version: wanted.id };
        return this.#unlabelled(key, wanted.id, signal);
    }
  }

  /** The secret itself, also when it is scheduled for deletion or has no value. */
  secret(key: string, signal: AbortSignal): Promise<Described> {
    return this.#calls.attempt(
      (client, options) => client.describeSecret({ SecretId: key }, options),
      signal,
    );
  }

  /** A version without labels can be read until AWS removes it, but only this call tells of it. */
  async #unlabelled(key: string, id: string, signal: AbortSignal): Promise<VersionAnswer> {
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const input = {
        SecretId: key,
        IncludeDeprecated: true,
        MaxResults: 100,
        ...(next && { NextToken: next }),
      };
      const listed = await this.#calls.attempt(
        (client, options) => client.listSecretVersionIds(input, options),
        signal,
      );
      if (listed.kind === 'failed') return noVersion(listed);
      if (listed.output.Versions?.some(({ VersionId }) => VersionId === id))
        return { kind: 'found', version: id };
      next = listed.output.NextToken;
      if (!next) return { kind: 'versionGone' };
    }
    return { kind: 'unavailable', code: 'TooManyVersions' };
  }
}

function labelled(id: string | undefined, version: string | undefined): VersionAnswer {
  if (id !== undefined) return { kind: 'found', version: id };
  return { kind: version === undefined ? 'absent' : 'versionGone' };
}

function noVersion({ verdict }: Extract<Described, { kind: 'failed' }>): VersionAnswer {
  return verdict.kind === 'notFound' ? { kind: 'absent' } : refusalFrom(verdict);
}
