/**
 * What changed between two listings of an account, without a call for each secret. Pure.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 * ListSecrets tells each secret's versions and when it was last changed, 100 secrets a page, but up to five minutes
 * late: what it reports is a reason to describe a key, and its silence proves nothing. Two whole listings are
 * compared, never "changed since": what a late listing missed differs in the next one, however old it is by then.
 */
import type { SecretListEntry } from '@aws-sdk/client-secrets-manager';
import { CURRENT_STAGE, idOfStage } from './aws-names.ts';

export interface AwsListing {
  readonly kind: 'listing';
  /** key → what differs after every change that matters */
  readonly marks: ReadonlyMap<string, string>;
  /** false: pages were left out, so a key that is missing may be there */
  readonly complete: boolean;
}

export function listingOf(entries: readonly SecretListEntry[], complete: boolean): AwsListing {
  const there = entries.filter(({ DeletedDate }) => DeletedDate === undefined);
  const marks = there.flatMap((entry) =>
    entry.Name === undefined ? [] : [[entry.Name, markOf(entry)] as const],
  );
  return { kind: 'listing', marks: new Map(marks), complete };
}

/** Keys that appeared, went or may have another version, sorted. */
export function changedKeys(before: AwsListing, after: AwsListing): readonly string[] {
  const changed = [...after.marks].filter(([key, mark]) => {
    const was = before.marks.get(key);
    return was === undefined ? before.complete : was !== mark;
  });
  const gone = after.complete ? [...before.marks.keys()].filter((key) => !after.marks.has(key)) : [];
  return [...changed.map(([key]) => key), ...gone].sort();
}

/** The date as well: it moves when labels other than AWSCURRENT do, which somebody may have pinned. */
function markOf({ SecretVersionsToStages, LastChangedDate }: SecretListEntry): string {
  return `${idOfStage(SecretVersionsToStages, CURRENT_STAGE) ?? ''} ${LastChangedDate?.getTime() ?? ''}`;
}
