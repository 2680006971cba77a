/**
 * What Google's scarce reads of metadata are spent on: lists, and whether the identity is known. Called by the Google
 * backend.
 *
 * https://cloud.google.com/secret-manager/quotas
 */
import { type Clock, sleep } from '../../../kube/clock.ts';
import { isBelow } from '../../key-prefix.ts';
import type { ListAnswer } from '../../port.ts';
import { RateLimit } from '../../rate-limit.ts';
import type { GcpChannel } from './gcp-channel.ts';
import { type GcpPlace, nameFilter, parentOf, secretIdOf, secretName } from './gcp-names.ts';

// half of the ten reads of metadata a second that all programs in the project share
const METADATA_PER_SECOND = 5;
const MAX_PAGES = 20;
// 20 pages are 5,000 keys; see gcp-sdk.ts for the bytes of one
const PAGE_SIZE = 250;
// need not exist: whatever Google answers about it proves that it knows the identity
const PROBE = 'secretscope-check';

/** Rejects as the channel does. */
export class GcpMetadata {
  readonly #channel: GcpChannel;
  readonly #place: GcpPlace;
  readonly #clock: Clock;
  readonly #limit: RateLimit;

  constructor(channel: GcpChannel, place: GcpPlace, clock: Clock) {
    this.#channel = channel;
    this.#place = place;
    this.#clock = clock;
    this.#limit = new RateLimit(clock, METADATA_PER_SECOND);
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.#turn(signal);
    await this.#channel.call('getSecret', { name: secretName(this.#place, PROBE) }, signal);
  }

  async list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    const keys: string[] = [];
    const filter = nameFilter(prefix);
    let pageToken = '';
    for (let page = 0; page < MAX_PAGES; page++) {
      await this.#turn(signal);
      const request = { parent: parentOf(this.#place), pageSize: PAGE_SIZE, pageToken, filter: filter ?? '' };
      const answer = await this.#channel.call('listSecrets', request, signal);
      keys.push(...(answer.secrets ?? []).flatMap(({ name }) => secretIdOf(name ?? '') ?? []));
      pageToken = answer.nextPageToken ?? '';
      if (pageToken === '') break;
    }
    const below = new Set(keys.filter((key) => isBelow(key, prefix)));
    return { kind: 'listed', keys: [...below].sort(), truncated: pageToken !== '' };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (let wait = this.#limit.waitMs(); wait > 0; wait = this.#limit.waitMs()) {
      await sleep(this.#clock, wait, signal);
      signal.throwIfAborted();
    }
    this.#limit.take();
  }
}
