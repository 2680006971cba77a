import type { SecretValue } from '../model/secret-value.ts';
import type { EarlierVersions } from '../model/value-answer.ts';

/** One secret at a provider: its whole payload, before `property` and `encoding`. */
export interface SecretRef {
  readonly key: string;
  /** A fixed version or stage; undefined means the current one. */
  readonly version?: string;
  /** Its value may not be read, not even to tell its version: somebody has yet to approve that. */
  readonly unread?: true;
}

/** One whose value may be read: no other gets to `read`. */
export interface ReadableRef extends SecretRef {
  readonly unread?: never;
}

/** Why nothing could be done at all, or not now. It says nothing about whether the secret exists. */
export type Refusal =
  /**
   * `code` where the right to read is not what is missing: `KeyDenied` (it may not use the key of the encryption),
   * `VersionDenied` (it may not be told a version without the value), `Firewall`
   */
  | { readonly kind: 'denied'; readonly code?: 'KeyDenied' | 'VersionDenied' | 'Firewall' }
  /** a rule of this product, whatever the provider would say: our own targets are never a source */
  | { readonly kind: 'sourceRefused' }
  /** no credential could be had for the identity, so the provider was not asked */
  | { readonly kind: 'identityUnavailable'; readonly code: string }
  | { readonly kind: 'throttled'; readonly afterMs: number }
  | { readonly kind: 'unavailable'; readonly code: string };

/**
 * Why a reference has no answer. `absent` and `denied` speak of this one reference; `throttled` and
 * `unavailable` say nothing about it. None of them is ever a reason to withdraw a delivered key.
 * A `code` is one short word: ours, a socket error's or the provider's, never free text.
 */
export type NoAnswer =
  | { readonly kind: 'absent' }
  /** deleted, and the provider still keeps it: somebody may restore it */
  | { readonly kind: 'softDeleted' }
  | { readonly kind: 'versionGone' }
  /** it is there, but disabled, not valid yet or no longer */
  | { readonly kind: 'disabled' }
  | Refusal;

export type VersionAnswer = { readonly kind: 'found'; readonly version: string } | NoAnswer;

/** What a provider stores under a key: one value, or several named ones (a Kubernetes Secret). */
export type Payload =
  | { readonly kind: 'value'; readonly value: SecretValue }
  | { readonly kind: 'fields'; readonly fields: ReadonlyMap<string, SecretValue> };

export type ReadAnswer =
  | { readonly kind: 'found'; readonly version: string; readonly payload: Payload }
  | NoAnswer;

export type ListAnswer =
  | { readonly kind: 'listed'; readonly keys: readonly string[]; readonly truncated: boolean }
  | Refusal;

/** Where something is stored or removed. */
export interface WriteRef {
  readonly key: string;
  /** one data key of it */
  readonly property?: string;
  /** Earlier versions that somebody reads by name: these stay usable. */
  readonly spare?: readonly string[];
}

/** What this write cannot be at this provider, whoever asks; nothing was changed. */
export interface WriteRefused {
  readonly kind: 'refused';
  readonly why:
    | 'tooLarge'
    /** it keeps text, and this is none */
    | 'notText'
    /** no secret can have that name, or no data key */
    | 'keyInvalid'
    /** a secret is one value there: no part of it can be written or removed by itself */
    | 'wholeOnly'
    /** a secret has several values there, and none is named */
    | 'partNeeded'
    /** it was deleted, and the provider keeps it with its name */
    | 'softDeleted'
    /** somebody else wrote at the same moment */
    | 'conflict'
    /** it does not let this secret be changed: its owner is another service, or it is locked */
    | 'rejected';
}

export type WriteAnswer =
  | { readonly kind: 'stored'; readonly version: string; readonly earlier: EarlierVersions }
  | WriteRefused
  | Refusal;

export type RemoveAnswer =
  /** `recoverable`: the provider keeps it for some days, and whoever may can restore it */
  | { readonly kind: 'removed'; readonly recoverable: boolean }
  | { readonly kind: 'absent' }
  | WriteRefused
  | Refusal;

/** Whether the provider can be reached and knows the identity; which keys it may read shows per key. */
export type CheckAnswer = { readonly kind: 'reachable' } | Refusal;

/** What a look at the whole account tells of one key. */
export interface SurveyEntry {
  readonly key: string;
  /** Another text after every change of the current version; the same text may also come after a change of none. */
  readonly mark: string;
  /** The current version, where the provider's list tells it. */
  readonly version?: string;
}

export interface SurveyPage {
  readonly kind: 'page';
  readonly entries: readonly SurveyEntry[];
  /** for the next page; absent on the last */
  readonly next?: string;
}

/** What a provider can do and hold; users hear of a limit before a write fails. */
export interface Capabilities {
  readonly provider: string;
  /** How many references one `read` or `describe` may carry. */
  readonly batchSize: number;
  /** Calls in flight at once for one account and identity. */
  readonly concurrency: number;
  /** Calls a second for one account and identity, below the provider's quota. */
  readonly callsPerSecond: number;
  /** 0 where nothing can be stored, for whatever reason */
  readonly maxValueBytes: number;
  readonly readsOldVersions: boolean;
  /**
   * While changes are pushed, everything is compared this often all the same: an event may have been lost. Counts
   * against the provider's price. Milliseconds.
   */
  readonly sweepMs: number;
  /** What `survey` tells of each key; where it is only marks, there has to be a look to compare the next one with. */
  readonly surveyTells?: 'versions' | 'marks';
  /** `describe` reads the value, of all but unread references; what it costs to describe those without is scarce. */
  readonly describesByReading?: true;
  /** True: changes arrive through `watch`; describing again and again is not needed. */
  readonly pushesChanges: boolean;
}

/**
 * One connection to a store of secrets, with one identity.
 *
 * Duties of an implementation:
 * - answer every reference, in the order asked, with one member of the union; throw only when the whole call
 *   failed in a way that the union cannot say (a bug);
 * - tell `found`, `absent`, `denied`, `throttled` and `unavailable` apart; an answer that cannot be
 *   understood is `unavailable`, never `absent`;
 * - never put a value, a response body or a provider's free text into an error, a log or an answer;
 * - hand out a fresh `SecretValue` per answer: the caller owns and wipes it;
 * - stop as soon as `signal` aborts: reject with its reason.
 */
export interface Backend {
  readonly capabilities: Capabilities;
  /**
   * Which versions there are now. No value leaves; of an unread reference none is read, whatever `describesByReading`
   * says: where its version cannot be told without, the answer is `denied`.
   */
  describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]>;
  /**
   * What the backend's push state says at this moment, without a call; undefined when it does not know. Where
   * it answers, `describe` is not asked.
   */
  known?(ref: SecretRef): VersionAnswer | undefined;
  /**
   * Resolves when `known` has learned what it can, or within three seconds of `watch`: waiting for one list is
   * cheaper than asking for each key. Never rejects.
   */
  settled?(): Promise<void>;
  read(refs: readonly ReadableRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]>;
  /** Keys below `prefix`, by whole segments (see key-prefix.ts); at most 20 pages, then `truncated`. */
  list(prefix: string, signal: AbortSignal): Promise<ListAnswer>;
  /**
   * One page of everything in the account, which must not read a value. Only where that is cheaper than describing key
   * by key, and only as a hint: a list may lag, so a key that is missing there is described.
   */
  survey?(cursor: string | undefined, signal: AbortSignal): Promise<SurveyPage | Refusal>;
  /**
   * Stores one value (one data key of it where `property` is given) and answers its version. Versions older than that
   * one are made unusable where the provider can do so; that this fails never makes a failure of a value that is stored.
   */
  put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer>;
  /** With `property` that data key alone; otherwise all there is, for good where the provider allows that. */
  remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer>;
  /**
   * Reports keys whose version may have changed; `undefined` means any key. May repeat, reorder or miss
   * events: a report only causes a `describe`. Returns a function that stops it.
   */
  watch?(onChange: (key: string | undefined) => void): () => void;
  /** Whether a change made now would be reported by `watch`. Without it: never, unless `pushesChanges`. */
  live?(): boolean;
  /** Hears when that changes, with one word of why. */
  onLive?(listener: (live: boolean, code: string) => void): void;
  /** Requests sent to the provider since it was opened, those for identities left out. */
  requests?(): number;
  /** Those of them that the provider charges for; all, where it is left out. */
  billed?(): number;
  /** One cheap call that reads no value. */
  check(signal: AbortSignal): Promise<CheckAnswer>;
  close(): Promise<void>;
}
