import type { LedgerView, PolicyView, RequestView, ReviewView } from './approval-views.ts';
import type { ReadStore } from './world.ts';

/**
 * `missing` says in words what is not there; while it is not, nothing is opened and nothing is closed. `absent`: there is no
 * such kind here, so that no object of it can be either.
 */
export type Known = 'known' | { readonly missing: string; readonly absent?: true };

/** What is watched for protected scopes. */
export interface ApprovalWorld {
  readonly requests: ReadStore<RequestView>;
  readonly reviews: ReadStore<ReviewView>;
  /** By name, which is the UID of the scope. */
  readonly ledgers: ReadStore<LedgerView>;
  /** By `Kind/name`. */
  readonly policies: ReadStore<PolicyView> & { values(): IterableIterator<PolicyView> };
  /** Requests, votes, ledgers and validating policies: without them nothing can be decided. */
  readonly approvalsKnown: () => Known;
  /** False while ledgers have yet to be listed. An installation without the kind, or the right, has none: it knows. */
  readonly ledgersKnown: () => boolean;
  /** Mutating policies: without them nobody is stamped as author. */
  readonly mutatingKnown: () => Known;
}

/** Index of requests by the scope that they are about, as `namespace/name`. */
export const BY_REQUEST_SCOPE = 'scope';
export const BY_REQUEST_UID = 'uid';
/** Indexes of votes, by what they themselves say that they are about. */
export const BY_VOTED_REQUEST = 'request';
export const BY_VOTED_SCOPE = 'scope';

/** Index of ledgers by the scope that they are about, as `namespace/name`: one for each UID that it ever had. */
export const BY_LEDGER_SCOPE = 'scope';

type Indexes<P> = Readonly<Record<string, (view: P) => readonly string[]>>;

export const REQUEST_INDEXES: Indexes<RequestView> = {
  [BY_REQUEST_SCOPE]: scopeKeysOf,
  [BY_REQUEST_UID]: ({ metadata }) => [metadata.uid],
};

export const REVIEW_INDEXES: Indexes<ReviewView> = {
  [BY_VOTED_REQUEST]: ({ spec }) => (spec.kind === 'ok' ? [spec.value.requestRef.uid] : []),
  [BY_VOTED_SCOPE]: scopeKeysOf,
};

export const LEDGER_INDEXES: Indexes<LedgerView> = { [BY_LEDGER_SCOPE]: ledgerScopeKeysOf };

/** `namespace/name` of the scope that a request or a vote is about, which is beside it; none where it cannot be read. */
export function scopeKeysOf({ metadata, spec }: RequestView | ReviewView): readonly string[] {
  return spec.kind === 'ok' ? [`${metadata.namespace}/${spec.value.scopeRef.name}`] : [];
}

/** `namespace/name` of the scope that a ledger is about. */
export function ledgerScopeKeysOf({ spec }: LedgerView): readonly string[] {
  return spec.kind === 'ok' ? [`${spec.value.scope.namespace}/${spec.value.scope.name}`] : [];
}
