/**
 * A look at a whole vault, 25 secrets a page: what changed since the last one, without a call for each. Owned by an
 * azure backend.
 *
 * https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets
 * A vault tells when a secret was last written, in whole seconds and without its version: two writes within a second
 * look like one. So what was written in the last seconds gets a mark that never comes again, and is described once more.
 */
import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets';
import type { Refusal, SurveyEntry, SurveyPage } from '../../port.ts';
import { isVaultSecretName } from './azure-names.ts';
import { untilAborted } from './azure-pages.ts';
import { isUsable } from './azure-versions.ts';

// the clocks of the vault and of this machine may differ by some seconds
const YOUNG_MS = 10_000;
const OVER: Refusal = Object.freeze({ kind: 'unavailable', code: 'ListingOver' });

type Pages = AsyncIterator<SecretProperties[]>;

export class AzureSurvey {
  #count = 0;
  #running: { readonly cursor: string; readonly pages: Pages } | undefined;

  /** One at a time: a new one ends the one before. Throws what the SDK throws, and the signal's reason. */
  async page(
    client: SecretClient,
    cursor: string | undefined,
    now: number,
    signal: AbortSignal,
  ): Promise<SurveyPage | Refusal> {
    const pages = cursor === undefined ? start(client) : this.#continued(cursor);
    if (!pages) return OVER;
    const found = await untilAborted(pages.next(), signal);
    if (found.done) return { kind: 'page', entries: [] };
    const next = `${++this.#count}`;
    this.#running = { cursor: next, pages };
    const entries = found.value.map((each) => surveyEntry(each, now)).filter((entry) => entry !== undefined);
    return { kind: 'page', entries, next };
  }

  /** A page that failed is not asked for again: the iterator is where it was. */
  #continued(cursor: string): Pages | undefined {
    const running = this.#running;
    this.#running = undefined;
    return running?.cursor === cursor ? running.pages : undefined;
  }
}

function start(client: SecretClient): Pages {
  return client.listPropertiesOfSecrets().byPage();
}

/** Keys of certificates are left out: a vault lists them as secrets too. Undefined for what is no key. */
export function surveyEntry(properties: SecretProperties, now: number): SurveyEntry | undefined {
  const { name, updatedOn, managed } = properties;
  const key = name.toLowerCase();
  if (managed === true || !isVaultSecretName(key)) return undefined;
  const at = updatedOn?.getTime();
  const isYoung = at === undefined || at > now - YOUNG_MS;
  const usable = isUsable(properties, now) ? 'usable' : 'closed';
  return { key, mark: `${at} ${usable}${isYoung ? ` seen at ${now}` : ''}` };
}
