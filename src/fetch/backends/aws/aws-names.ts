/** What a key and a version mean at AWS Secrets Manager. Pure; called by every part of the AWS backend. */

// CreateSecret, Name: 1–512 ASCII letters, digits and /_+=.@-
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
// An ARN has colons and is therefore no key: a key names a secret of the backend's own account and region.
const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
// a ClientRequestToken, which becomes the version's id, has 32–64 characters
const ID_LENGTH = { least: 32, most: 64 };

export const CURRENT_STAGE = 'AWSCURRENT';

/** No secret can have any other name, so nobody needs to be asked about it. */
export function isAwsName(key: string): boolean {
  return NAME.test(key);
}

/**
 * What a reference's `version` is at AWS: 32 to 64 characters are a version id, anything else a staging label. Ids
 * have no other length; a label of an id's length cannot be named.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export type AwsVersion =
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'id'; readonly id: string };

export function awsVersion(version: string | undefined): AwsVersion {
  if (version === undefined) return { kind: 'stage', stage: CURRENT_STAGE };
  const isId = version.length >= ID_LENGTH.least && version.length <= ID_LENGTH.most;
  return isId ? { kind: 'id', id: version } : { kind: 'stage', stage: version };
}

/** As a request names it. */
export function versionInput(version: string | undefined): { VersionId: string } | { VersionStage: string } {
  const wanted = awsVersion(version);
  switch (wanted.kind) {
    case 'id':
      return { VersionId: wanted.id };
    case 'stage':
      return { VersionStage: wanted.stage };
  }
}

/** The id of the version that carries a label, out of an answer's VersionIdsToStages. */
export function idOfStage(
  stages: Readonly<Record<string, readonly string[]>> | undefined,
  stage: string,
): string | undefined {
  return Object.entries(stages ?? {}).find(([, labels]) => labels.includes(stage))?.[0];
}
