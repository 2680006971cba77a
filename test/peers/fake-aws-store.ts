/** Secrets of the fake: versions, labels, tags, deletion. Owned by fake-aws-secrets.ts, which speaks AWS' words. */
import { randomUUID } from 'node:crypto';
import { FakeAwsError, markedForDeletion, notFound } from './fake-aws-fault.ts';

export interface FakeVersion {
  readonly id: string;
  readonly text?: string | undefined;
  /** base64 */
  readonly binary?: string | undefined;
  readonly stages: Set<string>;
}

export interface FakeSecret {
  readonly name: string;
  readonly arn: string;
  tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly versions: Map<string, FakeVersion>;
  deletedAt: number | undefined;
  changedAt: number;
}

export interface FakeContent {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

export class FakeStore {
  readonly secrets = new Map<string, FakeSecret>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws as AWS does for what is not there or scheduled for deletion. */
  live(name: string): FakeSecret {
    const secret = this.any(name);
    if (secret.deletedAt !== undefined) throw markedForDeletion();
    return secret;
  }

  any(name: string): FakeSecret {
    const secret = this.secrets.get(name);
    if (!secret) throw notFound();
    return secret;
  }

  create(name: string): FakeSecret {
    const was = this.secrets.get(name);
    if (was)
      throw was.deletedAt === undefined ? new FakeAwsError('ResourceExistsException') : markedForDeletion();
    const arn = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-${randomUUID().slice(0, 6)}`;
    const changedAt = this.#now();
    const secret: FakeSecret = { name, arn, tags: [], versions: new Map(), deletedAt: undefined, changedAt };
    this.secrets.set(name, secret);
    return secret;
  }

  /** A token that was seen before stores nothing, if it comes with the same content. */
  add(
    secret: FakeSecret,
    { SecretString, SecretBinary }: FakeContent,
    token: string = randomUUID(),
  ): FakeVersion {
    const known = secret.versions.get(token);
    if (known) {
      if (known.text === SecretString && known.binary === SecretBinary) return known;
      throw new FakeAwsError('ResourceExistsException');
    }
    const version = { id: token, text: SecretString, binary: SecretBinary, stages: new Set<string>() };
    secret.versions.set(token, version);
    this.label(secret, 'AWSCURRENT', version);
    return version;
  }

  /** A label is on one version at most; where AWSCURRENT was is AWSPREVIOUS. */
  label(secret: FakeSecret, stage: string, to: FakeVersion): void {
    const from = labelled(secret, stage);
    from?.stages.delete(stage);
    to.stages.add(stage);
    secret.changedAt = this.#now();
    if (stage === 'AWSCURRENT' && from && from !== to) this.label(secret, 'AWSPREVIOUS', from);
  }
}

export function labelled(secret: FakeSecret, stage: string): FakeVersion | undefined {
  return [...secret.versions.values()].find(({ stages }) => stages.has(stage));
}
