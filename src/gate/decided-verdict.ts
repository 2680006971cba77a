/**
 * Owns: what is said of a request that is decided. Used by: the judges.
 * It rests on the ledger's entry alone, so that a decision says the same however often it is looked at.
 */
import type { Grant, Instant, LedgerEntry } from '../model/approval.ts';
import type { Expired, Open, Rejected, Revoked, Superseded, Withdrawn } from '../model/verdict.ts';
import { closesAt, type GateContext } from './gate-context.ts';
import { requestText, timeText, votersText } from './wording.ts';

const ASK_AGAIN = 'to ask again, give the annotation secretscope.dev/request a new value';

/** What can be said of a request that no longer waits. */
export type Decided = Open | Rejected | Withdrawn | Revoked | Expired | Superseded;

/** Throws on an entry that is not decided: a fault of ours, never of a user. */
export function decidedVerdict(entry: LedgerEntry, context: GateContext): Decided {
  switch (entry.state) {
    case 'Released':
      return releasedVerdict(entry, context);
    case 'Rejected':
      return rejectedVerdict(entry);
    case 'Withdrawn':
      return withdrawnVerdict(entry);
    case 'Revoked':
      return revokedVerdict(entry);
    case 'Expired':
      return expiredVerdict(entry);
    case 'Superseded':
      return supersededVerdict(entry);
    case 'Waiting':
      throw new Error(`${requestText(entry)} is not decided`);
    default:
      return unreachable(entry.state);
  }
}

/**
 * When a release ends by itself. A grantTTL that was shortened since holds at once; one that was lengthened, or
 * taken away, gives nobody more than was approved.
 */
export function grantEnd({ at, expiresAt }: Grant, { terms }: GateContext): Instant {
  const never = Number.POSITIVE_INFINITY;
  return Math.min(expiresAt ?? never, at + (terms.grantTTLMs ?? never));
}

/** Throws on an entry without a grant, which the edges never make. */
export function releasedVerdict(entry: LedgerEntry, context: GateContext): Open {
  const { grant } = entry;
  if (grant === undefined) throw new Error(`${requestText(entry)} is released without a grant`);
  const end = closesAt(context, grantEnd(grant, context));
  const until = Number.isFinite(end) ? end : undefined;
  const bypassed = grant.votes.some(({ decision }) => decision === 'Bypass');
  const lasts = until === undefined ? '' : ` until ${timeText(until)}`;
  return {
    kind: 'open',
    by: grant.by,
    request: entry.request,
    votes: grant.votes,
    until,
    reason: bypassed ? 'Bypassed' : 'Released',
    message: `${requestText(entry)} is released${byWhom(grant, bypassed)}${lasts}; to end that, a reviewer votes Revoke`,
  };
}

function byWhom({ votes }: Grant, bypassed: boolean): string {
  if (votes.length === 0) return ' by its wait timer';
  return ` ${bypassed ? 'by a bypass' : 'with the approval'} of ${votersText(votes)}`;
}

/** `until`: when a vote to withdraw it may begin to count. */
export function rejectedVerdict(entry: LedgerEntry, until?: Instant): Rejected {
  const votes = entry.decided?.votes ?? [];
  return {
    kind: 'rejected',
    request: entry.request,
    votes,
    until,
    reason: 'Rejected',
    message: `${requestText(entry)} was rejected by ${votersText(votes)}; change what is delivered, or have a reviewer vote Revoke on it and ask again`,
  };
}

function withdrawnVerdict(entry: LedgerEntry): Withdrawn {
  return {
    kind: 'withdrawn',
    request: entry.request,
    reason: 'RejectionWithdrawn',
    message: `the rejection of ${requestText(entry)} was withdrawn by ${votersText(entry.decided?.votes ?? [])}; ${ASK_AGAIN}`,
  };
}

/** What becomes of the Secret was settled when it was revoked (API-REVIEW 7). */
export function revokedVerdict(entry: LedgerEntry): Revoked {
  const votes = entry.decided?.votes ?? [];
  return {
    kind: 'revoked',
    request: entry.request,
    votes,
    secret: entry.decided?.secret ?? 'Delete',
    reason: 'Revoked',
    message: `the release of ${requestText(entry)} was revoked by ${votersText(votes)}; rotate what it had delivered; ${ASK_AGAIN}`,
  };
}

/** With a grant it is the release that has ended, without one the request. */
export function expiredVerdict(entry: LedgerEntry): Expired {
  const { request, grant, decided } = entry;
  if (grant === undefined)
    return {
      kind: 'expired',
      request,
      what: 'request',
      secret: 'Retain',
      reason: 'RequestExpired',
      message: `nobody decided ${requestText(entry)} in time; ${ASK_AGAIN}`,
    };
  return {
    kind: 'expired',
    request,
    what: 'grant',
    secret: decided?.secret ?? 'Retain',
    reason: 'GrantExpired',
    message: `the release of ${requestText(entry)} has come to its end; ${ASK_AGAIN}`,
  };
}

function supersededVerdict(entry: LedgerEntry): Superseded {
  return {
    kind: 'superseded',
    reason: 'Superseded',
    message: `${requestText(entry)} is about a plan that nobody asks for any more; look for a newer request`,
  };
}

function unreachable(state: never): never {
  throw new Error(`no verdict on the state ${String(state)}`);
}
