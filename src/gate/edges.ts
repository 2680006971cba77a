/**
 * The state machine of a request, once: the code moves along these edges and no others, docs/reference/gate.md
 * prints them, and gate.test.ts walks each one.
 *
 * `None` is before there is a request. Whatever an edge does not say, does not happen: an approval of something
 * decided, a bypass of something rejected, a vote on something replaced change nothing.
 */
import type {
  CountedVote,
  Grant,
  Instant,
  LedgerEntry,
  RequestState,
  SecretFate,
} from '../model/approval.ts';
import type { Step } from '../model/verdict.ts';

interface Edge {
  readonly from: RequestState | 'None';
  readonly to: RequestState;
  readonly when: string;
  /** Rows of the specification and findings of the reviews. */
  readonly source: string;
}

/** Every edge; a step names the one that it took. */
export const EDGES = {
  ask: {
    from: 'None',
    to: 'Waiting',
    when: 'a plan is wanted that no release covers and that was not decided before',
    source: 'G8, G9, API-REVIEW 9',
  },
  askAgain: {
    from: 'None',
    to: 'Waiting',
    when: 'a plan that was withdrawn, revoked or has expired is asked for with a new value of the annotation',
    source: 'API-REVIEW 11, THREATS 19',
  },
  approve: {
    from: 'Waiting',
    to: 'Released',
    when: 'enough different listed reviewers, who still may, approved exactly this plan, and the timer has run',
    source: 'GX1, GX2, GX6, THREATS 13',
  },
  elapse: {
    from: 'Waiting',
    to: 'Released',
    when: 'nobody has to approve, and the timer has run',
    source: 'GX5',
  },
  bypass: {
    from: 'Waiting',
    to: 'Released',
    when: 'bypass is allowed, and somebody who may bypassed with a reason; the timer is not waited for',
    source: 'GX10, Q9, THREATS 13',
  },
  carry: {
    from: 'Waiting',
    to: 'Released',
    when: 'every line of the plan is one of the release that is open: lines were only taken out',
    source: 'THREATS 6, API-REVIEW 8',
  },
  reject: {
    from: 'Waiting',
    to: 'Rejected',
    when: 'a listed reviewer, who still may, said Reject or Revoke, whatever others said at the same time',
    source: 'GX3, FAULTS 35',
  },
  expire: {
    from: 'Waiting',
    to: 'Expired',
    when: 'it was not approved within pendingTTL',
    source: 'GX4, Q8',
  },
  supersede: {
    from: 'Waiting',
    to: 'Superseded',
    when: 'another plan is wanted, or none, or protection was lifted',
    source: 'API-REVIEW 8, FAULTS 28, GX14',
  },
  replace: {
    from: 'Released',
    to: 'Superseded',
    when: 'a newer plan was released, or none is wanted, or protection was lifted',
    source: 'API-REVIEW 10, FAULTS 31',
  },
  revoke: {
    from: 'Released',
    to: 'Revoked',
    when: 'a listed reviewer, who still may, said Revoke, or Reject too late',
    source: 'THREATS 8, API-REVIEW 15',
  },
  end: {
    from: 'Released',
    to: 'Expired',
    when: 'grantTTL has passed since the release',
    source: 'FAULTS 32',
  },
  withdraw: {
    from: 'Rejected',
    to: 'Withdrawn',
    when: 'a listed reviewer, who still may and asked for nothing of it, said Revoke after the rejection',
    source: 'THREATS 8, THREATS 19',
  },
} as const satisfies Record<string, Edge>;

export type EdgeName = keyof typeof EDGES;

interface Taking {
  readonly at: Instant;
  readonly askedAgain: string;
  readonly votes: readonly CountedVote[];
  readonly secret?: SecretFate;
  readonly grant?: Grant;
}

/** `entry` after `edge`. Throws when the table has no such edge from its state: a fault of ours, never of a user. */
export function take(entry: LedgerEntry, edge: EdgeName, taking: Taking): Step<EdgeName> {
  const { from, to } = EDGES[edge];
  if (entry.state !== from)
    throw new Error(`${edge} leads from ${from}, and request ${entry.request.name} is ${entry.state}`);
  const { at, askedAgain, votes, secret, grant = entry.grant } = taking;
  const decided = { at, votes, askedAgain, ...(secret !== undefined && { secret }) };
  return { edge, entry: { ...entry, state: to, decided, ...(grant && { grant }) } };
}

/** The entries after `steps`, new ones last. Steps are never taken back. */
export function record(
  entries: readonly LedgerEntry[],
  steps: readonly Step<EdgeName>[],
): readonly LedgerEntry[] {
  const after = new Map(entries.map((entry) => [entry.request.uid, entry]));
  for (const { entry } of steps) after.set(entry.request.uid, entry);
  return [...after.values()];
}
