/**
 * What becomes of the versions before one that was stored at Google: they are disabled, so that whoever had the old value
 * has it no longer. They can be enabled again. Called by gcp-writer.ts, after the value is stored.
 *
 * https://cloud.google.com/secret-manager/docs/disable-secret-version
 */
import { type Clock, deadline } from '../../../kube/clock.ts';
import type { EarlierVersions } from '../../../model/value-answer.ts';
import type { GcpChannel } from './gcp-channel.ts';
import type { GcpMetadata } from './gcp-metadata.ts';
import { type GcpPlace, versionPath } from './gcp-names.ts';

export interface StoredAs {
  readonly key: string;
  /** its number */
  readonly version: string;
  /** numbers that stay as they are */
  readonly spare: readonly string[];
}

const FIRST = '1';
// with three calls before, within the 30 s of a scheduler: a value that is stored must not be reported as lost
const EARLIER_MS = 5_000;
// each store disables the one before; more are left by others
const MAX_DISABLED = 10;

export class GcpEarlier {
  readonly #channel: GcpChannel;
  readonly #metadata: GcpMetadata;
  readonly #place: GcpPlace;
  readonly #clock: Clock;

  constructor(channel: GcpChannel, metadata: GcpMetadata, place: GcpPlace, clock: Clock) {
    this.#channel = channel;
    this.#metadata = metadata;
    this.#place = place;
    this.#clock = clock;
  }

  /** Rejects only with the signal's reason. */
  async disable(stored: StoredAs, signal: AbortSignal): Promise<EarlierVersions> {
    if (stored.version === FIRST) return 'none';
    using limit = deadline(this.#clock, EARLIER_MS, signal);
    const found = await this.#attempt(() => this.#metadata.enabled(stored.key, limit.signal), signal);
    if (!found) return 'unknown';
    const older = found.numbers.filter((number) => Number(number) < Number(stored.version));
    const doomed = older.filter((number) => !stored.spare.includes(number)).slice(0, MAX_DISABLED);
    for (const number of doomed) {
      const name = versionPath(this.#place, stored.key, number);
      const call = () => this.#channel.call('disableSecretVersion', { name }, limit.signal);
      if (!(await this.#attempt(call, signal))) return 'usable';
    }
    return found.more || doomed.length < older.length ? 'usable' : 'unusable';
  }

  /** undefined where it failed, for want of the right or of time. */
  async #attempt<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    // whatever it is that went wrong: the value is stored
    const [outcome] = await Promise.allSettled([call()]);
    signal.throwIfAborted();
    return outcome.status === 'fulfilled' ? outcome.value : undefined;
  }
}
