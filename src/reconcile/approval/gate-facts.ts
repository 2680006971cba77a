/** Owns: everything that one decision rests on, put together from what was read. Used by: pass-gate.ts. */
import type { Authors, GateFacts, LedgerEntry, VoteFacts } from '../../model/approval.ts';
import type { Facts } from '../../model/facts.ts';
import type { Protection } from '../../model/kinds/protection.ts';
import type { Uncertainty } from '../../model/plan.ts';
import type { ReviewView } from '../../watch/approval-views.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import { planAuthors, withAskerAuthors, withEarlierAuthors } from './authors.ts';
import { levelsOf } from './basis.ts';
import { type ConsumerPlan, wantedSubject } from './consumers.ts';
import type { GateState } from './gate-state.ts';
import { askerOf, asksOf, type Party, termsFor } from './party.ts';

// two API servers, or one and this process, seldom differ by more; what opens a gate comes this much later (decision 24)
const SKEW_MS = 2_000;

/** What one consumer's decision rests on. `votes`: those that matter now, with what a live check says of the voters. */
export function gateFacts(
  view: ScopeView,
  party: Party,
  terms: Protection | undefined,
  facts: Facts,
  consumer: ConsumerPlan,
  state: GateState,
  votes: readonly VoteFacts[],
  unknown: readonly Uncertainty[],
  deps: Deps,
): GateFacts {
  const { settleMs, groupVoteTTLMs } = deps.approval;
  const above = levelsOf(facts)
    .slice(1)
    .map(({ id }) => id);
  const ancestors = above.flatMap((id) => deps.world.scopes.get(keyOf(id)) ?? []);
  const { votesSince, authorsSince } = state.policies;
  const stamps = { since: authorsSince, settleMs };
  const { entries } = state;
  const protection = termsFor(party, terms);
  return {
    protection: isWhole(facts) ? protection : withoutAccounts(protection),
    wanted: wantedSubject(consumer),
    askedAgain: asksOf(party, view).askedAgain,
    ledger: {
      authors: authorsOf(consumer, party, state, ancestors, stamps),
      entries: entriesFor(consumer, entries),
    },
    votes,
    policies: { settleMs, ...(votesSince !== undefined && { inForceSince: votesSince }) },
    chainNamespaces: [
      view.metadata.namespace,
      ...above.map(({ namespace }) => namespace),
      // whoever edits there can make claims as its service accounts, and vote as them
      ...(party.kind === 'claim' ? [party.claim.metadata.namespace] : []),
    ],
    groupVoteTTLMs,
    now: state.now,
    skewMs: SKEW_MS,
    unknown,
  };
}

/** Whether every level above is known: whose namespaces may not vote as their service accounts (THREATS 13). */
function isWhole({ parent }: Facts): boolean {
  let above = parent;
  while (above.kind === 'found') above = above.parent;
  return above.kind === 'none';
}

/** Without a level its namespace is not known, and a listed account may be of that one. */
function withoutAccounts(protection: Protection | undefined): Protection | undefined {
  if (!protection?.requiredReviewers) return protection;
  const { requiredReviewers, minApprovals = 1 } = protection;
  return {
    ...protection,
    requiredReviewers: requiredReviewers.filter(({ kind }) => kind !== 'ServiceAccount'),
    minApprovals,
  };
}

function authorsOf(
  consumer: ConsumerPlan,
  party: Party,
  state: GateState,
  ancestors: readonly ScopeView[],
  stamps: Parameters<typeof planAuthors>[4],
): Authors {
  const { wanted, released, releasedEntry } = consumer;
  const asker = askerOf(party);
  const own = asker ? withAskerAuthors(state.authors, asker, stamps) : state.authors;
  const now = planAuthors(own, wanted, released, ancestors, stamps);
  const earlier = entriesFor(consumer, state.entries)
    .filter(({ request, state: at }) => at !== 'Released' || request.uid !== releasedEntry?.request.uid)
    .map(({ request, subject: { digest } }) => {
      const view = state.requests.get(request.uid);
      return { digest, plan: view?.spec.kind === 'ok' ? view.spec.value : undefined, subject: view?.subject };
    });
  return withEarlierAuthors(now, wanted, released, earlier);
}

/** Nobody asks for what these entries were made for. */
export function leftBehind(
  view: ScopeView,
  entries: readonly LedgerEntry[],
  state: GateState,
  unknown: readonly Uncertainty[],
  deps: Deps,
): GateFacts {
  const { settleMs, groupVoteTTLMs } = deps.approval;
  return {
    protection: undefined,
    wanted: undefined,
    askedAgain: view.askedAgain,
    ledger: { authors: state.authors, entries },
    votes: [],
    policies: { settleMs },
    chainNamespaces: [],
    groupVoteTTLMs,
    now: state.now,
    skewMs: SKEW_MS,
    unknown,
  };
}

export function entriesFor(
  { consumer }: Pick<ConsumerPlan, 'consumer'>,
  entries: readonly LedgerEntry[],
): LedgerEntry[] {
  return entries.filter(
    ({ subject: { consumer: other } }) =>
      other.kind === consumer.kind && other.namespace === consumer.namespace && other.name === consumer.name,
  );
}

/** What has ended needs no vote any more; a release can only be ended, and a rejection only be taken back. */
export function votesThatMatter(
  reviews: readonly ReviewView[],
  entries: readonly LedgerEntry[],
): ReviewView[] {
  const states = new Map(entries.map(({ request, state }) => [request.uid, state]));
  return reviews.filter(({ spec }) => {
    if (spec.kind !== 'ok') return false;
    const { requestRef, decision } = spec.value;
    const state = states.get(requestRef.uid);
    if (state === 'Waiting') return true;
    if (state === 'Released') return decision === 'Reject' || decision === 'Revoke';
    return state === 'Rejected' && decision === 'Revoke';
  });
}
