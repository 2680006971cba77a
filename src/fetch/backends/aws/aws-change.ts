/**
 * What one listing of an account tells of a secret, without a call for each. Pure.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 * ListSecrets tells each secret's versions and when it was last changed, 100 secrets a page, but up to five minutes
 * late: what it reports is a reason to describe a key, and its silence proves nothing. Two whole listings are
 * compared, never "changed since": what a late listing missed differs in the next one, however old it is by then.
 */
import type { SecretListEntry } from '@aws-sdk/client-secrets-manager';
import type { SurveyEntry } from '../../port.ts';
import { CURRENT_STAGE, idOfStage } from './aws-names.ts';

/** Undefined for what is deleted, or has no name. */
export function surveyEntryOf(entry: SecretListEntry): SurveyEntry | undefined {
  if (entry.DeletedDate !== undefined || entry.Name === undefined) return undefined;
  const version = idOfStage(entry.SecretVersionsToStages, CURRENT_STAGE);
  // the date as well: it moves when labels other than AWSCURRENT do, which somebody may have pinned
  const mark = `${version ?? ''} ${entry.LastChangedDate?.getTime() ?? ''}`;
  return { key: entry.Name, mark, ...(version !== undefined && { version }) };
}
