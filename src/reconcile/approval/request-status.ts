/**
 * Owns: what requests and votes say of themselves. It is for people: nothing is ever decided from it.
 * Used by: reconcile-scope.ts after a decision, and by whoever releases.
 */
import { termsOf } from '../../gate/terms.ts';
import { timeText } from '../../gate/wording.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import type { Json } from '../../model/canonical-json.ts';
import type { Condition } from '../../model/kinds/common.ts';
import type { Protection } from '../../model/kinds/protection.ts';
import type { SHOWN_STATES } from '../../model/kinds/secret-request.ts';
import type { Reason } from '../../model/reasons.ts';
import type { Told, Verdict, WeighedVote } from '../../model/verdict.ts';
import { conditionsFor, type Finding } from '../../report/conditions.ts';
import type { RequestView, ReviewView } from '../../watch/approval-views.ts';
import type { ScopeView } from '../../watch/views.ts';

type ShownState = (typeof SHOWN_STATES)[number];

/** Between the decision and the write of the Secret. */
export function releasingStatus(entry: LedgerEntry, request: RequestView, scope: ScopeView): Json {
  const told = { reason: 'Progressing', message: 'decided; the Secret is being written' } as const;
  return statusOf({
    entry,
    request,
    told,
    shown: 'Releasing',
    scope,
    approvals: undefined,
    expires: undefined,
  });
}

/** What one request says after a decision. `verdict` where the decision was about it. */
export function requestStatus(
  entry: LedgerEntry,
  request: RequestView,
  scope: ScopeView,
  protection: Protection | undefined,
  verdict: Verdict | undefined,
): Json {
  return statusOf({
    entry,
    request,
    told: verdict ?? toldOf(entry),
    shown: entry.state,
    scope,
    approvals: approvalsText(entry, protection, verdict),
    expires: expiresText(entry, protection),
  });
}

/** What a vote was worth. */
export function reviewStatus({ weight }: Pick<WeighedVote, 'weight'>, view: ReviewView, now: string): Json {
  const status = { counts: 'True', void: 'False', undecidable: 'Unknown' }[weight.kind];
  const before = view.conditions.find(({ type }) => type === 'Counted');
  const counted: Condition = {
    type: 'Counted',
    status: status as Condition['status'],
    reason: weight.reason,
    message: weight.message,
    observedGeneration: view.generation,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
  };
  return { observedGeneration: view.generation, conditions: [{ ...counted }] };
}

interface Shown {
  readonly entry: LedgerEntry;
  readonly request: RequestView;
  readonly told: Told;
  readonly shown: ShownState;
  readonly scope: ScopeView;
  readonly approvals: string | undefined;
  readonly expires: string | undefined;
}

function statusOf({ entry, request, told, shown, scope, approvals, expires }: Shown): Json {
  const { grant } = entry;
  const { reason, message } = told;
  const good: Finding = { reason: 'Released', message: 'released' };
  const at = timeText(entry.decided?.at ?? entry.createdAt);
  const conditions = conditionsFor(
    [{ reason, message }],
    { ...good, reason, message },
    request.generation,
    request.conditions,
    at,
  );
  const authors = authorsText(entry, request);
  return {
    observedGeneration: request.generation,
    conditions: conditions.map((condition) => ({ ...condition })),
    state: shown,
    ...(approvals !== undefined && { approvals }),
    authors,
    ...(expires !== undefined && { expires }),
    ...(grant && {
      release: {
        at: timeText(grant.at),
        by: grant.by,
        votes: grant.votes.map((vote) => ({ ...vote, castAt: timeText(vote.castAt) })),
        scopeResourceVersion: releasedOn(request) ?? scope.resourceVersion,
      },
    }),
  };
}

/** Written at the moment of release, and kept as it is. */
function releasedOn({ status }: RequestView): string | undefined {
  const release = (status as { readonly release?: { readonly scopeResourceVersion?: unknown } } | undefined)
    ?.release;
  return typeof release?.scopeResourceVersion === 'string' ? release.scopeResourceVersion : undefined;
}

function approvalsText(
  { grant }: LedgerEntry,
  protection: Protection | undefined,
  verdict: Verdict | undefined,
): string | undefined {
  const least = termsOf(protection, []).minApprovals;
  if (grant) {
    const given = new Set(grant.votes.map(({ username }) => username)).size;
    return `${given}/${Math.max(given, least)}`;
  }
  if (verdict?.kind !== 'waiting') return undefined;
  const missing = verdict.on.find((cause) => cause.kind === 'approvals');
  return missing?.kind === 'approvals' ? `${missing.given}/${missing.required}` : `${least}/${least}`;
}

function expiresText(
  { state, createdAt, grant }: LedgerEntry,
  protection: Protection | undefined,
): string | undefined {
  if (state === 'Waiting') return timeText(createdAt + termsOf(protection, []).pendingTTLMs);
  return state === 'Released' && grant?.expiresAt !== undefined ? timeText(grant.expiresAt) : undefined;
}

const AUTHORS_BYTES = 1_000;

/** The ledger forgets who asked once it is decided; the request does not. */
function authorsText({ authors }: LedgerEntry, { spec }: RequestView): string {
  const asked = spec.kind === 'ok' ? spec.value : undefined;
  const names = [...new Set([...(asked?.authors ?? []), ...authors.names])];
  const complete = asked?.authorsComplete ?? authors.complete;

  const all = names.join(', ');
  const shown = all.length > AUTHORS_BYTES ? `${all.slice(0, AUTHORS_BYTES)}…` : all;
  if (complete) return shown;
  return shown === '' ? 'unknown' : `${shown} and maybe others`;
}

const REASON_OF_STATE: Readonly<Record<LedgerEntry['state'], Reason>> = {
  Waiting: 'AwaitingApproval',
  Released: 'Released',
  Rejected: 'Rejected',
  Withdrawn: 'RejectionWithdrawn',
  Revoked: 'Revoked',
  Expired: 'RequestExpired',
  Superseded: 'Superseded',
};

function toldOf({ state, grant }: LedgerEntry): Told {
  const reason = state === 'Expired' && grant ? 'GrantExpired' : REASON_OF_STATE[state];
  return { reason, message: `this request is ${state}; look for a newer one of the same scope` };
}
