/**
 * What becomes of the versions before one that was stored in a vault: they are disabled, so that whoever had the old
 * value has it no longer. They can be enabled again. Called by azure-writer.ts, after the value is stored.
 *
 * https://learn.microsoft.com/rest/api/keyvault/secrets/update-secret/update-secret
 */
import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets';
import { type Clock, deadline } from '../../../kube/clock.ts';
import type { EarlierVersions } from '../../../model/value-answer.ts';
import { gatherPages } from './azure-pages.ts';

export type AzureCall = <T>(run: (client: SecretClient) => Promise<T>, signal: AbortSignal) => Promise<T>;

// an exchange takes 10 s at most; a value that is stored must not be reported as lost after 30
const EARLIER_MS = 8_000;
// 100 versions, which are listed in no order
const MAX_PAGES = 4;
// each store disables the one before; more are left by others
const MAX_DISABLED = 10;

export class AzureEarlier {
  readonly #call: AzureCall;
  readonly #clock: Clock;

  constructor(call: AzureCall, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
  }

  /**
   * Only versions of an earlier second: which of two in one second is the newer one the vault does not tell. Rejects only
   * with the signal's reason.
   */
  async disable(
    stored: SecretProperties,
    spare: readonly string[],
    signal: AbortSignal,
  ): Promise<EarlierVersions> {
    using limit = deadline(this.#clock, EARLIER_MS, signal);
    const listed = await this.#attempt(
      (client) => versionsOf(client, stored.name, limit.signal),
      limit.signal,
      signal,
    );
    if (!listed) return 'unknown';
    const others = listed.items.filter(({ version }) => version !== stored.version);
    const enabled = others.filter(({ enabled }) => enabled !== false);
    const isDoomed = (each: SecretProperties) => isOlder(each, stored) && !spare.includes(each.version ?? '');
    const doomed = enabled.filter(isDoomed).slice(0, MAX_DISABLED);
    for (const { version = '' } of doomed) {
      const disable = (client: SecretClient) =>
        client.updateSecretProperties(stored.name, version, { enabled: false, abortSignal: limit.signal });
      if (!(await this.#attempt(disable, limit.signal, signal))) return 'usable';
    }
    if (doomed.length < enabled.length) return 'usable';
    if (listed.truncated) return 'unknown';
    return others.length === 0 ? 'none' : 'unusable';
  }

  /** undefined where it failed, for want of the right or of time. */
  async #attempt<T>(
    run: (client: SecretClient) => Promise<T>,
    limit: AbortSignal,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    // whatever it is that went wrong: the value is stored
    const [outcome] = await Promise.allSettled([this.#call(run, limit)]);
    signal.throwIfAborted();
    return outcome.status === 'fulfilled' ? outcome.value : undefined;
  }
}

function versionsOf(client: SecretClient, name: string, signal: AbortSignal) {
  const pages = client.listPropertiesOfSecretVersions(name, { abortSignal: signal }).byPage();
  return gatherPages(pages, { maxPages: MAX_PAGES, signal });
}

function isOlder({ createdOn }: SecretProperties, stored: SecretProperties): boolean {
  return createdOn !== undefined && stored.createdOn !== undefined && createdOn < stored.createdOn;
}
