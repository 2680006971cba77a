/** What an Azure key vault can do and hold, and how much of its quota is ours. */

import { MAX_AZURE_VALUE_BYTES } from '../../../model/names.ts';
import type { Capabilities } from '../../port.ts';

/**
 * A vault answers 4,000 calls in 10 s, whoever asks, hence 400/s:
 * https://learn.microsoft.com/azure/key-vault/general/service-limits#secrets-managed-storage-account-keys-and-vault-transactions
 * A quarter of that is ours, 100/s. A secret of up to 25 versions is described by one call, so 30,000 keys fit into
 * the default interval of 300 s; one with more takes a call for each page of 25, one after the other: 8 in flight at
 * 20 ms each are at most 400/s, the whole quota.
 *
 * One reference a call. The list of the whole vault names no versions and tells times in whole seconds, so it says only
 * that something was written (azure-survey.ts). Where nothing is pushed it is what notices change; it would be compared
 * once a week if events were read.
 */
export const AZURE_CAPABILITIES: Capabilities = Object.freeze({
  provider: 'azure',
  batchSize: 1,
  concurrency: 8,
  callsPerSecond: 100,
  maxValueBytes: MAX_AZURE_VALUE_BYTES,
  readsOldVersions: true,
  pushesChanges: false,
  surveyTells: 'marks',
  sweepMs: 7 * 24 * 3_600_000,
});
