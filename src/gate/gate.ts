/**
 * Owns: whether a plan may be delivered. `decide` is the whole stage: pure, without a clock, a value or a request.
 * Must not: read a status. What it says is carried out by others, and only after its steps are in the ledger.
 */
import type { GateFacts, Instant, LedgerEntry, WantedSubject } from '../model/approval.ts';
import type { GateDecision, Step, Superseded, Undecidable, Verdict } from '../model/verdict.ts';
import { isSameName } from './coverage.ts';
import { type EdgeName, record, take } from './edges.ts';
import { contextOf, type GateContext, notLookedUp, thisMoment } from './gate-context.ts';
import { endedVerdict, judgeLastRelease, lastRelease } from './judge-decided.ts';
import { judgeWanted } from './judge-wanted.ts';
import { toldVotes } from './told-votes.ts';

/**
 * What may be delivered to one consumer: on the plan that it wants, and on the plan that was released last. The
 * same facts say the same, and with the steps recorded no further step follows.
 * Throws only on facts that the schemas refuse; then nothing is opened.
 */
export function decide(facts: GateFacts): GateDecision<EdgeName> {
  const context = contextOf(facts);
  const unknown = notLookedUp(context);
  if (unknown) return undecided(unknown, context);
  if (facts.wanted === undefined) return unguarded(nobodyAsks(), context);
  return context.terms.guards ? guarded(facts.wanted, context) : unguarded(notProtected(), context);
}

function guarded(wanted: WantedSubject, context: GateContext): GateDecision<EdgeName> {
  const entries = context.facts.ledger.entries.filter(({ subject }) => isSameName(subject, wanted));
  const last = judgeLastRelease(entries, wanted, context);
  const before = record(entries, last?.steps ?? []);
  const own = judgeWanted(wanted, before, last, context);
  const live = own.verdict.kind === 'open' && own.entry ? { entry: own.entry, verdict: own.verdict } : last;
  const kept = [own.entry, live?.entry];
  const left = wanted.unknownLines.length > 0 ? [] : leave(record(before, own.steps), kept, context);
  return {
    wanted: own.verdict,
    live: live && { entry: live.entry, verdict: live.verdict },
    steps: [...(last?.steps ?? []), ...own.steps, ...left],
    votes: toldVotes(record(record(before, own.steps), left), context),
    lookAgainAt: earliest([own.verdict, live?.verdict]),
  };
}

/** Nothing is asked: whatever waited or was released is left behind, and counts for nothing later. */
function unguarded(wanted: Verdict, context: GateContext): GateDecision<EdgeName> {
  const steps = leave(context.facts.ledger.entries, [], context);
  return { wanted, live: undefined, steps, votes: [], lookAgainAt: undefined };
}

/** Nothing new is released; what is released stays as it is, and what has ended stays ended. */
function undecided(unknown: Undecidable, { facts }: GateContext): GateDecision<EdgeName> {
  const entry = facts.wanted && lastRelease(facts.ledger.entries, facts.wanted);
  const verdict = entry && (endedVerdict(entry) ?? unknown);
  const live = entry && verdict && { entry, verdict };
  return { wanted: unknown, live, steps: [], votes: [], lookAgainAt: undefined };
}

/** What waits, or was released, for another plan than those that are kept. */
function leave(
  entries: readonly LedgerEntry[],
  kept: readonly (LedgerEntry | undefined)[],
  context: GateContext,
): Step<EdgeName>[] {
  const taking = { ...thisMoment(context), votes: [] };
  const uids = kept.map((entry) => entry?.request.uid);
  return entries
    .filter(({ request }) => !uids.includes(request.uid))
    .flatMap((entry) => {
      if (entry.state === 'Waiting') return [take(entry, 'supersede', taking)];
      return entry.state === 'Released' ? [take(entry, 'replace', taking)] : [];
    });
}

function nobodyAsks(): Superseded {
  return {
    kind: 'superseded',
    reason: 'Superseded',
    message: 'nobody asks for this any more; to have it delivered, add the target or the claim again',
  };
}

function notProtected(): Verdict {
  return {
    kind: 'open',
    by: 'unprotected',
    request: undefined,
    votes: [],
    until: undefined,
    reason: 'NotProtected',
    message:
      'the scope names neither reviewers nor a wait timer, so nobody has to approve; to protect it, set spec.protection',
  };
}

function earliest(verdicts: readonly (Verdict | undefined)[]): Instant | undefined {
  const times = verdicts.map((verdict) => (verdict && 'until' in verdict ? verdict.until : undefined));
  const next = Math.min(...times.map((at) => at ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(next) ? next : undefined;
}
