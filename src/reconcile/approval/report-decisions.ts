/** Owns: writing what requests and votes say of themselves. Used by: through-gate.ts, after the Secrets are written. */
import type { LedgerEntry } from '../../model/approval.ts';
import type { Protection } from '../../model/kinds/protection.ts';
import type { Verdict, VoteWeight } from '../../model/verdict.ts';
import type { StatusOutcome } from '../../report/status-writer.ts';
import type { ReviewView } from '../../watch/approval-views.ts';
import { BY_VOTED_SCOPE } from '../../watch/approval-world.ts';
import { REQUESTS, REVIEWS } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import type { GateResult } from './gate-result.ts';
import { concerns, type Party } from './party.ts';
import { requestStatus, reviewStatus } from './request-status.ts';

type Passed = Extract<GateResult, { kind: 'passed' }>;

/** False: a status was changed by somebody else meanwhile, and has to be written again. Nothing is decided from one. */
export async function reportDecisions(
  view: ScopeView,
  party: Party,
  protection: Protection | undefined,
  passed: Passed,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const { entries, requests, reviews, now } = passed.state;
  const outcomes: StatusOutcome[] = [];
  const verdicts = verdictsIn(passed);
  for (const entry of entries) {
    if (!concerns(party, entry, view, deps)) continue;
    const request = requests.get(entry.request.uid);
    if (!request || request.deleting) continue;
    const verdict = verdicts.get(entry.request.uid);
    // what was decided long ago was told then
    if (!verdict && shownState(request.status) === entry.state) continue;
    const status = requestStatus(entry, request, view, protection, verdict);
    outcomes.push(await deps.statuses.write(REQUESTS, request, status, signal));
  }
  const at = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  const views = new Map(reviews.map((review) => [review.metadata.uid, review]));
  for (const weighed of passed.votes) {
    const review = views.get(weighed.vote.uid);
    if (review && !review.deleting)
      outcomes.push(await deps.statuses.write(REVIEWS, review, reviewStatus(weighed, review, at), signal));
  }
  outcomes.push(...(await tellStrays(view, party, passed, deps, at, signal)));
  return !outcomes.includes('stale');
}

/**
 * Votes that no decision looked at, told once: on what is decided already, or on nothing that the ledger knows. Those on
 * what another party asked for are looked at in its own turn.
 */
async function tellStrays(
  view: ScopeView,
  party: Party,
  { state, votes }: Passed,
  deps: Deps,
  at: string,
  signal: AbortSignal,
): Promise<StatusOutcome[]> {
  const outcomes: StatusOutcome[] = [];
  const looked = new Set(votes.map(({ vote }) => vote.uid));
  const { namespace } = view.metadata;
  for (const review of deps.world.reviews.by(BY_VOTED_SCOPE, keyOf(view.metadata))) {
    const told = review.conditions.some(({ type }) => type === 'Counted');
    if (told || looked.has(review.metadata.uid) || review.deleting || review.metadata.namespace !== namespace)
      continue;
    const entry = entryOf(review, state);
    if (entry && !concerns(party, entry, view, deps)) continue;
    const weight = strayWeight(review, entry);
    if (weight)
      outcomes.push(await deps.statuses.write(REVIEWS, review, reviewStatus({ weight }, review, at), signal));
  }
  return outcomes;
}

function entryOf({ spec }: ReviewView, { entries }: Passed['state']): LedgerEntry | undefined {
  const uid = spec.kind === 'ok' ? spec.value.requestRef.uid : '';
  return entries.find(({ request }) => request.uid === uid);
}

function strayWeight({ metadata }: ReviewView, entry: LedgerEntry | undefined): VoteWeight | undefined {
  if (entry?.state === 'Waiting') return undefined;
  if (!entry)
    return {
      kind: 'void',
      reason: 'VoteMisdirected',
      message:
        'the operator has made no such request for this scope; look for its SecretRequest and vote on that',
    };
  const counted = [...(entry.grant?.votes ?? []), ...(entry.decided?.votes ?? [])];
  if (counted.some((vote) => vote.uid === metadata.uid))
    return { kind: 'counts', reason: 'VoteCounted', message: 'the vote was counted in the decision' };
  return {
    kind: 'void',
    reason: 'VoteOutOfTime',
    message: `SecretRequest ${entry.request.name} is ${entry.state}: this vote changes nothing any more`,
  };
}

/** What is said of requests that a decision was about. */
function verdictsIn({ decisions, state }: Passed): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const { decision, consumer } of decisions) {
    const { wanted, live } = decision;
    if (live) verdicts.set(live.entry.request.uid, live.verdict);
    const own = 'request' in wanted ? wanted.request?.uid : waitingFor(consumer.wanted.subject.digest, state);
    if (own !== undefined) verdicts.set(own, wanted);
  }
  return verdicts;
}

/** Some verdicts on a request that waits do not name it: nobody could ever decide it, or not now. */
function waitingFor(digest: string, { entries }: Passed['state']): string | undefined {
  return entries.findLast(({ state, subject }) => state === 'Waiting' && subject.digest === digest)?.request
    .uid;
}

function shownState(status: unknown): unknown {
  return typeof status === 'object' && status !== null && 'state' in status ? status.state : undefined;
}
