/**
 * Versions and values for the lines of a plan, and new values for their keys, whatever provider keeps them. Called by
 * reconcile only.
 *
 * Asks `authorize` for every line before anything that is shared is looked at: a cached answer must not tell anybody
 * what they may not ask. Owns all connections; backend objects that mean the same account with the same identity
 * share one.
 */
import type { Discovery } from '../model/facts.ts';
import type { PlanLine } from '../model/plan.ts';
import type { SecretValue } from '../model/secret-value.ts';
import type { DestroyAnswer, LineValue, LineVersion, StoreAnswer } from '../model/value-answer.ts';
import {
  AccountPool,
  type AccountPoolOptions,
  type BackendLine,
  type ChangeListener,
  type OpenAccount,
} from './account-pool.ts';
import { backendMissing, checkFailure, type Failed, lineFailure, notGranted } from './answer-wording.ts';
import type { Events } from './event-state.ts';
import { extract } from './extract/extract.ts';
import { FetcherWrites, type WriteLimits } from './fetcher-writes.ts';
import type { Asker } from './flight.ts';
import type { ReadAnswer, ReadableRef, Refusal, VersionAnswer } from './port.ts';

export interface FetcherOptions extends AccountPoolOptions {
  /**
   * Whether this line's scope may read this key of this backend, by the rules of now. Asked for every line, before
   * any cache.
   */
  readonly authorize: (line: PlanLine) => boolean;
  /** The same for writing; nobody may, where it is left out. */
  readonly authorizeWrite?: (line: PlanLine) => boolean;
}

/** A line, and the version that was decided on. */
export interface ValueRequest {
  readonly line: PlanLine;
  readonly version: string;
}

/** How a version is asked for: by the read that is due anyway, as the provider does it, or in no case by reading. */
type Way = 'read' | 'describe' | 'unread';

export interface FetchLoad {
  readonly connections: number;
  /** questions that wait for a call */
  readonly queued: number;
  /** bytes of values in the cache */
  readonly heldBytes: number;
}

export class Fetcher {
  readonly #pool: AccountPool;
  readonly #authorize: FetcherOptions['authorize'];
  readonly #writes: FetcherWrites;

  constructor(options: FetcherOptions) {
    this.#pool = new AccountPool(options);
    this.#authorize = options.authorize;
    this.#writes = new FetcherWrites(this.#pool, options.authorizeWrite);
  }

  /**
   * One answer for each line, in order. `willRead` names lines that are about to be read anyway: one call then tells
   * both. Of a line that `mayRead` does not name no value is read, whatever the provider's way of telling versions: it
   * may fail where that cannot be done. Rejects only if `connect` or `authorize` throw.
   */
  versions(
    lines: readonly PlanLine[],
    asker: Asker,
    willRead: (line: PlanLine) => boolean = () => false,
    mayRead: (line: PlanLine) => boolean = () => true,
  ): Promise<LineVersion[]> {
    const wayOf = (line: PlanLine) => (mayRead(line) ? (willRead(line) ? 'read' : 'describe') : 'unread');
    return Promise.all(lines.map((line) => this.#version(line, asker, wayOf(line))));
  }

  /**
   * One answer for each request, in order; the caller wipes the values. A version may be newer than the one asked for
   * where the line names none.
   */
  values(requests: readonly ValueRequest[], asker: Asker): Promise<LineValue[]> {
    return Promise.all(requests.map((request) => this.#value(request, asker)));
  }

  /**
   * Stores a value under the key of a line, as it is: where the entry has an encoding, it is encoded already. The caller
   * wipes it. Two for one key are stored in the order asked. BackendUnavailable says that it may have been stored.
   */
  store(line: PlanLine, value: SecretValue, asker: Asker): Promise<StoreAnswer> {
    return this.#writes.store(line, value, asker);
  }

  /** Deletes what lies under the key of a line at its provider, for good where that is possible. */
  destroy(line: PlanLine, asker: Asker): Promise<DestroyAnswer> {
    return this.#writes.destroy(line, asker);
  }

  /** What a value may have at most there; undefined where nothing can be stored. */
  limits(backend: BackendLine): WriteLimits | undefined {
    return this.#writes.limits(backend);
  }

  /** What lies below a prefix; `unknown` on any failure, never an empty list. */
  async list(backend: BackendLine, prefix: string, asker: Asker): Promise<Discovery> {
    const open = this.#pool.open(backend);
    if (!open) return unlisted(backendMissing(backend));
    const answer = await open.account.list(prefix, asker, open.chosenMs);
    return answer.kind === 'listed' ? answer : unlisted(checkFailure(backend, answer));
  }

  /** For the backend's own Ready condition: whether the provider is there and knows the identity. */
  async check(backend: BackendLine, asker: Asker): Promise<{ readonly kind: 'reachable' } | Failed> {
    const open = this.#pool.open(backend);
    if (!open) return backendMissing(backend);
    const answer = await open.account.check(asker);
    return answer.kind === 'reachable' ? answer : checkFailure(backend, answer);
  }

  /**
   * Tells which key of which backend object may have changed. Once may be told several times; nothing is told of keys
   * that were never asked for, unless the backend pushes. Returns what ends it.
   */
  onChange(listener: ChangeListener): () => void {
    return this.#pool.onChange(listener);
  }

  /** Tells whose changes begin or cease to arrive by themselves, and who cannot be reached or can again. */
  onEvents(listener: (backendUid: string) => void): void {
    this.#pool.onEvents = listener;
  }

  /** These backend objects exist; connections that only others used are closed. */
  retain(backendUids: ReadonlySet<string>): void {
    this.#pool.retain(backendUids);
  }

  forgetBackend(backendUid: string): void {
    this.#pool.forget(backendUid);
  }

  /** Requests to the provider of a backend object today; undefined before it was ever asked. */
  callsToday(backendUid: string): { readonly date: string; readonly count: number } | undefined {
    return this.#pool.accountOf(backendUid)?.today;
  }

  /** Whether changes arrive by themselves; `none` where nothing is set up for that, or nobody has asked yet. */
  eventsOf(backendUid: string): Events {
    return this.#pool.accountOf(backendUid)?.events ?? 'none';
  }

  /** What is held and what waits at this moment; for metrics. */
  load(): FetchLoad {
    const accounts = [...this.#pool.accounts];
    const queued = accounts.reduce((sum, account) => sum + account.queued, 0);
    return { connections: accounts.length, queued, heldBytes: this.#pool.heldBytes };
  }

  /** Whatever still waits is answered with BackendUnavailable; every value that is held is wiped. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #version(line: PlanLine, asker: Asker, way: Way): Promise<LineVersion> {
    const account = this.#accountFor(line);
    if (account.kind === 'failed') return account;
    const answer = await versionBy(way, account.open, refOf(line), asker);
    return answer.kind === 'found' ? { kind: 'known', version: answer.version } : lineFailure(line, answer);
  }

  async #value({ line, version }: ValueRequest, asker: Asker): Promise<LineValue> {
    const account = this.#accountFor(line);
    if (account.kind === 'failed') return account;
    const query = { ref: refOf(line), wanted: version };
    return account.open.account.value(query, asker, (answer) => valueFrom(line, answer));
  }

  #accountFor(line: PlanLine): { readonly kind: 'open'; readonly open: OpenAccount } | Failed {
    if (!this.#authorize(line)) return notGranted(line);
    const open = this.#pool.open(line.backend);
    return open ? { kind: 'open', open } : backendMissing(line.backend, line.name);
  }
}

function unlisted({ reason, message }: Failed): Discovery {
  return { kind: 'unknown', why: { reason, message } };
}

function refOf({ key, version }: PlanLine): ReadableRef {
  return version === undefined ? { key } : { key, version };
}

function versionBy(
  way: Way,
  { account, chosenMs }: OpenAccount,
  ref: ReadableRef,
  asker: Asker,
): Promise<VersionAnswer> {
  switch (way) {
    case 'read':
      return account.versionByReading(ref, asker, chosenMs);
    case 'describe':
      return account.version(ref, asker, chosenMs);
    case 'unread':
      return account.version({ ...ref, unread: true }, asker, chosenMs);
    default:
      return way satisfies never;
  }
}

/** Runs while the payload lasts; what it returns is the caller's own. */
function valueFrom(line: PlanLine, answer: ReadAnswer | Refusal): LineValue {
  if (answer.kind !== 'found') return lineFailure(line, answer);
  const extracted = extract(answer.payload, line);
  return extracted.kind === 'value' ? { ...extracted, version: answer.version } : extracted;
}
