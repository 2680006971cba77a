/** What the gate answers. A verdict is about one plan; a decision is about everything one consumer has and wants. */
import type {
  CountedVote,
  Instant,
  LedgerEntry,
  ReleasedBy,
  RequestId,
  SecretFate,
  VoteFacts,
} from './approval.ts';
import type { Reviewer } from './kinds/protection.ts';
import type { Reason } from './reasons.ts';

/** A word of the closed list, and a sentence that ends with the next step. */
export interface Told {
  readonly reason: Reason;
  readonly message: string;
}

/** What a request waits for. Several at once run in parallel (spec row GX6). */
export type WaitCause =
  | {
      readonly kind: 'approvals';
      readonly given: number;
      readonly required: number;
      /** Who may still give one; of a group nobody knows how many members are left. */
      readonly reviewers: readonly Reviewer[];
    }
  | { readonly kind: 'timer'; readonly until: Instant };

/** The plan may be delivered. */
export interface Open extends Told {
  readonly kind: 'open';
  readonly by: ReleasedBy | 'unprotected';
  readonly request: RequestId | undefined;
  /** The votes that were valid at the moment of the decision. */
  readonly votes: readonly CountedVote[];
  /** When time alone ends it; absent: never. */
  readonly until: Instant | undefined;
}

/** No request has been made for this plan: the operator makes one. */
export interface Unrequested extends Told {
  readonly kind: 'unrequested';
}

/** The request is there, and something is missing that people or time can bring. */
export interface Waiting extends Told {
  readonly kind: 'waiting';
  readonly request: RequestId;
  readonly on: readonly WaitCause[];
  /** When time alone changes the verdict; absent: never. */
  readonly until: Instant | undefined;
}

/** Something could not be established. Nothing new is released, and nothing that is released is taken away. */
export interface Undecidable extends Told {
  readonly kind: 'undecidable';
  /** When time alone may settle it; absent: the next look does. */
  readonly until: Instant | undefined;
}

/** The listed reviewers can never give what is asked for (DESIGN: ReviewersInsufficient, at once). */
export interface Impossible extends Told {
  readonly kind: 'impossible';
  readonly required: number;
  readonly possible: number;
  readonly until: Instant | undefined;
}

/** They could, if it were known who asked; since it is not, two are needed and there are not two. */
export interface AuthorsUnknown extends Told {
  readonly kind: 'authorsUnknown';
  readonly required: number;
  readonly possible: number;
  readonly until: Instant | undefined;
}

/** Final for this plan until one of the reviewers withdraws it (THREATS 8). */
export interface Rejected extends Told {
  readonly kind: 'rejected';
  readonly request: RequestId;
  readonly votes: readonly CountedVote[];
  /** When a vote to withdraw it that is from the future may count; absent: there is none. */
  readonly until: Instant | undefined;
}

/** A rejection was withdrawn: somebody may ask again. */
export interface Withdrawn extends Told {
  readonly kind: 'withdrawn';
  readonly request: RequestId;
}

/** A reviewer ended the release. */
export interface Revoked extends Told {
  readonly kind: 'revoked';
  readonly request: RequestId;
  readonly votes: readonly CountedVote[];
  readonly secret: SecretFate;
}

/** Nobody decided in time, or a release has reached its end. */
export interface Expired extends Told {
  readonly kind: 'expired';
  readonly request: RequestId;
  readonly what: 'request' | 'grant';
  /** What becomes of the Secret; a request that was never released leaves it alone. */
  readonly secret: SecretFate;
}

/** Nobody asks for this plan any more. */
export interface Superseded extends Told {
  readonly kind: 'superseded';
}

/** Everything that can be said of a plan; whoever acts on it has an answer for each. */
export type Verdict =
  | Open
  | Unrequested
  | Waiting
  | Undecidable
  | Impossible
  | AuthorsUnknown
  | Rejected
  | Withdrawn
  | Revoked
  | Expired
  | Superseded;

/** What a vote was found to be worth. Void, counted and not known never mix. */
export type VoteWeight =
  | ({ readonly kind: 'counts' } & Told)
  | ({ readonly kind: 'void' } & Told)
  | ({ readonly kind: 'undecidable' } & Told);

/** A vote with what it is worth. */
export interface WeighedVote {
  readonly vote: VoteFacts;
  readonly weight: VoteWeight;
}

/** One edge that was taken, and the ledger's entry as it is afterwards. */
export interface Step<Edge extends string = string> {
  readonly edge: Edge;
  readonly entry: LedgerEntry;
}

/** The plan that was released last and that no newer release has replaced. */
export interface Live {
  readonly entry: LedgerEntry;
  readonly verdict: Open | Undecidable | Revoked | Expired;
}

/** What follows from the facts, for one consumer. */
export interface GateDecision<Edge extends string = string> {
  /** On the plan that is asked for now. */
  readonly wanted: Verdict;
  /** On the plan that is delivered meanwhile; absent before the first release. */
  readonly live: Live | undefined;
  /** What the ledger has to hold before anything else is done. None: it is up to date. */
  readonly steps: readonly Step<Edge>[];
  /** Of every vote, whether it counted and why not; for the votes' status. */
  readonly votes: readonly WeighedVote[];
  /** When to decide again though nothing happens; absent: time changes nothing. */
  readonly lookAgainAt: Instant | undefined;
}
