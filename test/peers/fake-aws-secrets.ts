/** The operations of Secrets Manager, as its API reference describes them. Called by fake-aws.ts. */
import { FakeAwsError, malformed, notFound } from './fake-aws-fault.ts';
import {
  type FakeContent,
  type FakeSecret,
  FakeStore,
  type FakeVersion,
  labelled,
} from './fake-aws-store.ts';

/** What the operations take, together: each reads its own part. */
interface Input extends FakeContent {
  readonly SecretId?: string;
  readonly Name?: string;
  readonly ClientRequestToken?: string;
  readonly SecretIdList?: readonly string[];
  readonly Tags?: FakeSecret['tags'];
  readonly VersionId?: string;
  readonly VersionStage?: string;
  readonly MoveToVersionId?: string;
  readonly IncludeDeprecated?: boolean;
  readonly ForceDeleteWithoutRecovery?: boolean;
  readonly RecoveryWindowInDays?: number;
  readonly Filters?: readonly { readonly Key: string; readonly Values: readonly string[] }[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const DAY_MS = 86_400_000;
const VALUE_LIMIT = 65_536;

export class FakeSecrets {
  readonly store: FakeStore;
  /** names that the identity may not use */
  readonly denied = new Set<string>();
  /** names whose key may not be used */
  readonly undecryptable = new Set<string>();
  /** a batch answers this many at most, and a token for the rest */
  batchPage = Number.POSITIVE_INFINITY;
  /** a batch with this name in it fails whole, as some malformed ids do */
  poison: string | undefined;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.store = new FakeStore(now);
  }

  readonly operations: Readonly<Record<string, (input: Input) => object>> = {
    CreateSecret: (input) => {
      checkSize(input);
      const secret = this.store.create(input.Name ?? '');
      const { SecretString, SecretBinary, Tags = [] } = input;
      secret.tags = Tags;
      if (SecretString === undefined && SecretBinary === undefined)
        return { ARN: secret.arn, Name: secret.name };
      return short(secret, this.store.add(secret, input, input.ClientRequestToken));
    },
    PutSecretValue: (input) => {
      checkSize(input);
      const secret = this.store.live(this.#allowed(input.SecretId));
      return short(secret, this.store.add(secret, input, input.ClientRequestToken));
    },
    GetSecretValue: (input) => this.#value(input),
    BatchGetSecretValue: (input) => this.#batch(input),
    DescribeSecret: ({ SecretId }) =>
      this.#entry(this.store.any(this.#allowed(SecretId)), 'VersionIdsToStages'),
    ListSecretVersionIds: ({ SecretId, IncludeDeprecated = false }) => {
      const secret = this.store.any(this.#allowed(SecretId));
      const versions = [...secret.versions.values()].filter(
        ({ stages }) => IncludeDeprecated || stages.size > 0,
      );
      return { Versions: versions.map(({ id, stages }) => ({ VersionId: id, VersionStages: [...stages] })) };
    },
    ListSecrets: (input) => this.#list(input),
    DeleteSecret: (input) => this.#delete(input),
    UpdateSecretVersionStage: ({ SecretId, VersionStage = '', MoveToVersionId = '' }) => {
      const secret = this.store.live(this.#allowed(SecretId));
      const version = secret.versions.get(MoveToVersionId);
      if (!version) throw notFound();
      this.store.label(secret, VersionStage, version);
      return { ARN: secret.arn, Name: secret.name };
    },
  };

  #allowed(name: string | undefined): string {
    if (!name || name.length > 2_048) throw malformed();
    if (this.denied.has(name)) throw new FakeAwsError('AccessDeniedException');
    return name;
  }

  #value({ SecretId, VersionId, VersionStage }: Input): object {
    const secret = this.store.live(this.#allowed(SecretId));
    if ((VersionStage ?? '').length > 256) throw malformed();
    const version =
      VersionId === undefined
        ? labelled(secret, VersionStage ?? 'AWSCURRENT')
        : secret.versions.get(VersionId);
    if (!version) throw notFound();
    if (this.undecryptable.has(secret.name)) throw new FakeAwsError('DecryptionFailure');
    const { text, binary } = version;
    return { ...short(secret, version), SecretString: text, SecretBinary: binary };
  }

  #batch({ SecretIdList: all = [], NextToken = '0' }: Input): object {
    if (all.length === 0 || all.length > 20) throw malformed();
    if (this.poison !== undefined && all.includes(this.poison)) throw malformed();
    const from = Number(NextToken);
    const until = Math.min(all.length, from + this.batchPage);
    const SecretValues: object[] = [];
    const Errors: object[] = [];
    for (const SecretId of all.slice(from, until)) {
      try {
        SecretValues.push(this.#value({ SecretId }));
      } catch (error) {
        if (!(error instanceof FakeAwsError)) throw error;
        Errors.push({ SecretId, ErrorCode: error.name, Message: error.message });
      }
    }
    return { SecretValues, Errors, ...(until < all.length && { NextToken: String(until) }) };
  }

  #list({ Filters = [], MaxResults = 100, NextToken = '0' }: Input): object {
    if (MaxResults < 1 || MaxResults > 100) throw malformed();
    const live = [...this.store.secrets.values()].filter(({ deletedAt }) => deletedAt === undefined);
    const found = live.filter((secret) => Filters.every((filter) => fits(secret, filter)));
    const from = Number(NextToken);
    const page = found.slice(from, from + MaxResults);
    const rest = from + page.length < found.length;
    const SecretList = page.map((secret) => this.#entry(secret, 'SecretVersionsToStages'));
    return { SecretList, ...(rest && { NextToken: String(from + page.length) }) };
  }

  #entry(secret: FakeSecret, stagesName: string): object {
    const { name: Name, arn: ARN, tags: Tags, versions, deletedAt, changedAt } = secret;
    const stages = [...versions.values()].filter((each) => each.stages.size > 0);
    return {
      ARN,
      Name,
      Tags,
      LastChangedDate: changedAt / 1_000,
      ...(deletedAt !== undefined && { DeletedDate: deletedAt / 1_000 }),
      ...(versions.size > 0 && {
        [stagesName]: Object.fromEntries(stages.map((each) => [each.id, [...each.stages]])),
      }),
    };
  }

  #delete({ SecretId, ForceDeleteWithoutRecovery: forced = false, RecoveryWindowInDays: days = 30 }: Input) {
    const name = this.#allowed(SecretId);
    // a forced deletion does not say that there was nothing
    if (forced) this.store.secrets.delete(name);
    else if (days < 7 || days > 30) throw new FakeAwsError('InvalidParameterException');
    else this.store.live(name).deletedAt = this.#now() + days * DAY_MS;
    return { Name: name };
  }
}

function short(secret: FakeSecret, version: FakeVersion) {
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] };
}

function checkSize({ SecretString = '', SecretBinary = '' }: Input): void {
  const bytes = Buffer.byteLength(SecretString) + Buffer.from(SecretBinary, 'base64').length;
  if (bytes > VALUE_LIMIT) throw malformed();
}

/** Values of one filter are alternatives; all compare by prefix. */
function fits(
  { name, tags }: FakeSecret,
  { Key, Values }: { Key: string; Values: readonly string[] },
): boolean {
  const candidates: Readonly<Record<string, readonly string[]>> = {
    name: [name],
    'tag-key': tags.map((tag) => tag.Key),
    'tag-value': tags.map((tag) => tag.Value),
  };
  const texts = candidates[Key];
  if (!texts) throw malformed();
  return Values.some((value) => texts.some((text) => text.startsWith(value)));
}
