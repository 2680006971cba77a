/**
 * What Google's scarce reads of metadata are spent on: lists, versions of what may not be read, and whether the identity
 * is known. Called by the Google backend.
 *
 * https://cloud.google.com/secret-manager/quotas
 */
import { type Clock, sleep } from '../../../kube/clock.ts';
import { isBelow } from '../../key-prefix.ts';
import type { ListAnswer, SecretRef, VersionAnswer } from '../../port.ts';
import { RateLimit } from '../../rate-limit.ts';
import { gcpNoAnswer } from './gcp-answer.ts';
import type { GcpChannel } from './gcp-channel.ts';
import {
  type GcpPlace,
  nameFilter,
  parentOf,
  secretIdOf,
  secretName,
  versionNumber,
  versionPath,
} from './gcp-names.ts';
import type { GcpReply } from './gcp-sdk.ts';
import { LATEST, sought } from './gcp-sought.ts';

// half of the ten reads of metadata a second that all programs in the project share
const METADATA_PER_SECOND = 5;
const MAX_PAGES = 20;
// 20 pages are 5,000 keys; see gcp-sdk.ts for the bytes of one
const PAGE_SIZE = 250;
// of a secret's versions, the newest
const ENABLED_VERSIONS = 25;
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

  /**
   * Numbers of the newest versions that can be accessed; `more` if there are others.
   * https://cloud.google.com/secret-manager/docs/filtering
   */
  async enabled(key: string, signal: AbortSignal): Promise<{ numbers: readonly string[]; more: boolean }> {
    await this.#turn(signal);
    const parent = secretName(this.#place, key);
    const request = { parent, pageSize: ENABLED_VERSIONS, filter: 'state:ENABLED' };
    const { versions, nextPageToken } = await this.#channel.call('listSecretVersions', request, signal);
    const enabled = (versions ?? []).filter(({ state }) => state === 'ENABLED');
    const numbers = enabled.flatMap(({ name }) => versionNumber(name ?? '', key) ?? []);
    return { numbers, more: (nextPageToken ?? '') !== '' };
  }

  /** Which version there is, in no case by its value. What is not there costs a second turn. */
  async version(ref: SecretRef, signal: AbortSignal): Promise<VersionAnswer> {
    signal.throwIfAborted();
    const ask = (version: string) => this.#version(ref.key, version, signal);
    return sought(ref, ask, () => ask(LATEST));
  }

  /** The role that may access values may not read this; whoever has only that is denied this and nothing else. */
  async #version(key: string, version: string, signal: AbortSignal): Promise<VersionAnswer> {
    await this.#turn(signal);
    try {
      const name = versionPath(this.#place, key, version);
      return described(await this.#channel.call('getSecretVersion', { name }, signal), key);
    } catch (error) {
      const answer = gcpNoAnswer(error, signal);
      return answer.kind === 'denied' ? { kind: 'denied', code: 'VersionDenied' } : answer;
    }
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

/** The same answers as an access has for these states. */
function described({ name, state }: GcpReply<'getSecretVersion'>, key: string): VersionAnswer {
  const version = versionNumber(name ?? '', key);
  if (version === undefined) return { kind: 'unavailable', code: 'BadAnswer' };
  const answers = new Map<unknown, VersionAnswer>([
    ['ENABLED', { kind: 'found', version }],
    ['DISABLED', { kind: 'disabled' }],
    ['DESTROYED', { kind: 'versionGone' }],
  ]);
  return answers.get(state) ?? { kind: 'unavailable', code: 'BadAnswer' };
}
