/**
 * Owns: what is known of one scope's approvals during one reconcile: the ledger as it was written last, its requests,
 * the votes on them. Used by: pass-gate.ts and what it calls.
 */
import { record } from '../../gate/edges.ts';
import { entriesOf, recordOf } from '../../gate/ledger-records.ts';
import type { Authors, Instant, LedgerEntry, Subject } from '../../model/approval.ts';
import type { LedgerSpec } from '../../model/kinds/scope-ledger.ts';
import type { Step } from '../../model/verdict.ts';
import type { RequestView, ReviewView } from '../../watch/approval-views.ts';
import { BY_REQUEST_SCOPE, BY_VOTED_REQUEST } from '../../watch/approval-world.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import { scopeAuthors } from './authors.ts';
import { type GatePolicies, gatePolicies } from './gate-policies.ts';
import type { KnownLedger } from './ledger-keeper.ts';
import { rememberedOf } from './ledger-memory.ts';

export interface GateState {
  readonly ledger: KnownLedger;
  readonly entries: readonly LedgerEntry[];
  readonly requests: ReadonlyMap<string, RequestView>;
  readonly reviews: readonly ReviewView[];
  readonly policies: GatePolicies;
  /** Of the scope itself. */
  readonly authors: Authors;
  readonly now: Instant;
}

/** As it is known now; `made` are requests of this reconcile that no watch has shown yet. */
export function gateState(
  view: ScopeView,
  ledger: KnownLedger,
  now: Instant,
  made: readonly RequestView[],
  deps: Deps,
): GateState {
  const watched = deps.world.requests
    .by(BY_REQUEST_SCOPE, keyOf(view.metadata))
    .filter(({ spec }) => spec.kind === 'ok' && spec.value.scopeRef.uid === view.metadata.uid);
  const requests = new Map([...made, ...watched].map((request) => [request.metadata.uid, request]));
  const policies = gatePolicies(deps.world, ledger.spec.policies, now);
  return {
    ledger,
    entries: entriesOf(ledger.spec, subjectsOf(requests)),
    requests,
    reviews: [...requests.keys()].flatMap((uid) => votesOn(uid, view, deps)),
    policies,
    authors: scopeAuthors(view, ledger.spec, {
      since: policies.authorsSince,
      unchanged: policies.authorsUnchanged,
      settleMs: deps.approval.settleMs,
    }),
    now,
  };
}

/** Votes from beside the request alone: the right to vote was asked for in the vote's own namespace. */
function votesOn(uid: string, { metadata: { namespace } }: ScopeView, deps: Deps): ReviewView[] {
  return deps.world.reviews.by(BY_VOTED_REQUEST, uid).filter((view) => view.metadata.namespace === namespace);
}

function subjectsOf(requests: ReadonlyMap<string, RequestView>): Map<string, Subject> {
  const known = new Map<string, Subject>();
  for (const [uid, { subject }] of requests) if (subject) known.set(uid, subject);
  return known;
}

function knownBefore({ authorsComplete }: LedgerSpec): Pick<LedgerSpec, 'authorsComplete'> {
  return authorsComplete === undefined ? {} : { authorsComplete };
}

/** The ledger after `steps`. Nothing else of it changes but what is known of policies and authors. */
export function ledgerAfter(
  { ledger, entries, policies, authors }: GateState,
  steps: readonly Step[],
  settled: boolean,
): LedgerSpec {
  const { policies: _, authors: __, authorsComplete: ___, requests: ____, ...rest } = ledger.spec;
  const after = rememberedOf(record(entries, steps as Parameters<typeof record>[1]));
  const names = settled ? [] : authors.names;
  const complete = settled ? policies.authorsSince !== undefined : authors.complete;
  return {
    ...rest,
    ...(policies.record && { policies: policies.record }),
    authors: [...names],
    ...(policies.authorsKnown ? { authorsComplete: complete } : knownBefore(ledger.spec)),
    ...(after.length > 0 && { requests: after.map(recordOf) }),
  };
}
