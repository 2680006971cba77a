/**
 * What the gate knows when it decides: the settings, what is asked for, what the ledger remembers, who voted.
 * Everything here was established by a read before; nothing of it is a secret value or a status.
 */
import type { Protection, Reviewer } from './kinds/protection.ts';
import type { Uncertainty } from './plan.ts';

/** Milliseconds since 1970 by the API server's clock; the operator's own clock decides nothing (FAULTS 32). */
export type Instant = number;

/** The states of a request that the ledger keeps; docs/reference/gate.md draws them. */
export const REQUEST_STATES = [
  'Waiting',
  'Released',
  'Rejected',
  'Withdrawn',
  'Revoked',
  'Expired',
  'Superseded',
] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** What a vote says. */
export const DECISIONS = ['Approve', 'Reject', 'Revoke', 'Bypass'] as const;
export type VoteDecision = (typeof DECISIONS)[number];

/** How a plan came to be released; each is the name of the edge that was taken. */
export const RELEASED_BY = ['approve', 'elapse', 'bypass', 'carry'] as const;
export type ReleasedBy = (typeof RELEASED_BY)[number];

/** What a list of authors can hold; one that is full may lack somebody (API-REVIEW 5). */
export const MAX_AUTHORS = 32;
/** How many votes a decision names; it may have rested on more, of members of a group. At most six are needed. */
export const MAX_VOTES = 6;

/** What becomes of a Secret whose release has ended. */
export type SecretFate = 'Delete' | 'Retain';

/** One thing that reviewers approve: where a value comes from, what a data key is made of, who receives it. */
export interface CoveredLine {
  /** What the line is about, once in a plan: `name DATABASE_URL`, `key t.env`, `namespace team-web-prod`, `webhook`. */
  readonly id: string;
  /** Over everything that decides what is meant, but for the version that happens to be current (THREATS 6). */
  readonly digest: string;
  /** The version that is current now; absent where there is none, as for a namespace. */
  readonly version?: string;
}

/** Who gets what is delivered. The UID is empty for a target, whose identity is that of its scope. */
export interface Consumer {
  readonly kind: 'Target' | 'SecretClaim' | 'WebhookAutomation';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One plan for one consumer, as reviewers approve it. */
export interface Subject {
  readonly scopeUID: string;
  readonly consumer: Consumer;
  /** `v1:sha256:…` over the canonical plan; votes name it. */
  readonly digest: string;
  /** `Access`: whatever version is current; `Version`: exactly these versions. */
  readonly pin: 'Access' | 'Version';
  readonly lines: readonly CoveredLine[];
}

/** A plan that is asked for now. */
export interface WantedSubject extends Subject {
  /** Ids of lines that cannot be told right now, since a level above is not known. Nothing is asked meanwhile. */
  readonly unknownLines: readonly string[];
}

/** Everybody who changed what a plan covers since the last decision (THREATS 12). */
export interface Authors {
  readonly names: readonly string[];
  /** False: somebody may be missing, because a backend or a level above changed, or there was no stamp. */
  readonly complete: boolean;
}

/** A SecretRequest: the name says which one is meant, the UID that it is still the same one. */
export interface RequestId {
  readonly name: string;
  readonly uid: string;
}

/** A vote as it was counted; the release names it (API-REVIEW 15). */
export interface CountedVote {
  readonly uid: string;
  readonly username: string;
  readonly decision: VoteDecision;
  readonly castAt: Instant;
}

/** How and when a plan was released. It outlives the rights of those who approved (FAULTS 26). */
export interface Grant {
  readonly at: Instant;
  readonly by: ReleasedBy;
  readonly votes: readonly CountedVote[];
  /** Absent: until what it covers changes. */
  readonly expiresAt?: Instant;
}

/** One request as the ledger remembers it, in the order in which they were made. */
export interface LedgerEntry {
  readonly request: RequestId;
  readonly subject: Subject;
  /** The value of the annotation that asked for it; empty: the operator asked by itself (API-REVIEW 11). */
  readonly askedAgain: string;
  readonly createdAt: Instant;
  readonly authors: Authors;
  readonly state: RequestState;
  /** The last edge that was taken after the first: when, by which votes, and what it means for the Secret. */
  readonly decided?: {
    readonly at: Instant;
    readonly votes: readonly CountedVote[];
    /** The value of the annotation at that moment: what was asked for before is answered by this decision. */
    readonly askedAgain: string;
    readonly secret?: SecretFate;
  };
  /** Set once it was released, and kept afterwards. */
  readonly grant?: Grant;
}

/** What the operator remembers where no tenant can write. A lost ledger is an empty one: it means asking again. */
export interface LedgerFacts {
  /** Since the last decision. */
  readonly authors: Authors;
  /** The requests of one consumer of one scope. */
  readonly entries: readonly LedgerEntry[];
}

/** What a live check says of a voter at this moment. */
export interface VoterFacts {
  readonly username: string;
  /** Empty where the API server knows none, as for client certificates. */
  readonly uid: string;
  /** The right that was asked about: the vote's own decision says which one it needs. */
  readonly capacity: 'approve' | 'bypass';
  readonly standing: 'authorized' | 'notAuthorized' | 'unknown';
  /** The reviewers of the list that this voter may speak for, as proven at admission. */
  readonly countsFor: readonly Reviewer[];
}

/** One RequestReview, and what is known of who cast it. */
export interface VoteFacts {
  readonly uid: string;
  readonly decision: VoteDecision;
  /** What the vote itself says that it is about. */
  readonly scopeUID: string;
  readonly request: RequestId;
  readonly subject: string;
  /** The capacity it is cast in. */
  readonly as: Reviewer;
  readonly hasComment: boolean;
  readonly castAt: Instant;
  readonly deleting: boolean;
  readonly voter: VoterFacts;
}

/** Since when the policies that prove who voted are what this version ships (THREATS 9). */
export interface PolicyFacts {
  /** Absent: they are not in force now, or that is not known. */
  readonly inForceSince?: Instant;
  /** How long they must have been in force before a vote counts: API servers load them one after another. */
  readonly settleMs: number;
}

/** Everything that one decision rests on. The same facts always give the same decision. */
export interface GateFacts {
  /** Absent: the scope is not protected. */
  readonly protection: Protection | undefined;
  /** Absent: nobody asks any more; the scope, its target or the claim is gone. */
  readonly wanted: WantedSubject | undefined;
  /** Value of the annotation `secretscope.dev/request`; empty without one. */
  readonly askedAgain: string;
  readonly ledger: LedgerFacts;
  readonly votes: readonly VoteFacts[];
  readonly policies: PolicyFacts;
  /** Namespaces of the scope and of the levels above: whoever edits there can act as their service accounts. */
  readonly chainNamespaces: readonly string[];
  /** How long a vote through a group counts before it is decided; leaving a group cannot be seen. */
  readonly groupVoteTTLMs: number;
  readonly now: Instant;
  /** By how much `now` and the API servers' stamps may differ, either way. */
  readonly skewMs: number;
  /** What could not be looked up. While there is anything, nothing is opened and nothing is closed. */
  readonly unknown: readonly Uncertainty[];
}
