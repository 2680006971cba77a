/** Owns: the rounds of one decision: decide, look once more, write down, ask. Used by: pass-gate.ts, which tells the story. */
import { ask } from '../../gate/ask.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import type { PlanLine, TargetPlan } from '../../model/plan.ts';
import type { LineVersion } from '../../model/value-answer.ts';
import type { Step, WeighedVote } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import type { RequestView } from '../../watch/approval-views.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';
import { askFor } from './asking.ts';
import { clearAuthors } from './clear-authors.ts';
import { consumersOf, wantedSubject } from './consumers.ts';
import { decideRound } from './decide-round.ts';
import { announceSteps } from './gate-news.ts';
import { type Decided, targetsOf } from './gate-result.ts';
import type { GateInput, GateOutcome } from './gate-round.ts';
import { type GateState, gateState, ledgerAfter } from './gate-state.ts';
import { liveRequest } from './live-check.ts';
import { concerns, holdingView } from './party.ts';
import { releaseOf } from './releasing.ts';
import { removeEnded } from './remove-ended.ts';
import { isAnswered } from './reviewed-entries.ts';
import { nowOf } from './what-is-unknown.ts';

// ask, carry, supersede; one more to see that nothing is left
const MAX_ROUNDS = 5;
const ENDS: readonly string[] = ['revoke', 'end', 'reject'];

export class GateRun {
  readonly #input: GateInput;
  readonly #deps: Deps;
  readonly #signal: AbortSignal;
  readonly #made: RequestView[] = [];
  readonly #findings: Finding[] = [];
  /** By UID: what a vote was worth in the last round in which it mattered. */
  readonly #votesTold = new Map<string, WeighedVote>();
  #state: GateState;
  #decisions: readonly Decided[] = [];
  #debounceMs: number | undefined;
  #isUnknown = false;
  #cleared: ScopeView | undefined;

  constructor(input: GateInput, deps: Deps, signal: AbortSignal) {
    this.#input = input;
    this.#deps = deps;
    this.#signal = signal;
    const scope = scopeIn(input.view);
    this.#state = this.#stateOf(deps.ledgers.read(scope, deps.world.ledgers.get(scope.uid)));
  }

  /** Requests that count and that the watch does not show: read live, since one connection may be behind another. */
  async fetchUnseen(): Promise<void> {
    const { requests, ledger } = this.#state;
    const unseen = this.#entries().filter(
      ({ request, state }) => (state === 'Waiting' || state === 'Released') && !requests.has(request.uid),
    );
    for (const { request } of unseen) {
      const found = await liveRequest(this.#input.view, request, this.#deps, this.#signal);
      if (found) this.#made.push(found);
    }
    if (this.#made.length > 0) this.#state = this.#stateOf(ledger);
  }

  /** Decides until nothing moves any more. False: look again from the beginning. */
  async settle(
    plans: readonly TargetPlan[] | undefined,
    versions: ReadonlyMap<PlanLine, LineVersion>,
  ): Promise<boolean> {
    let known = versions;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { steps, wanting } = await this.#decide(plans, known);
      if (!(await this.#release(steps))) return this.#endOnly(steps);
      if (!(await this.#write(steps))) return false;
      if (wanting.length === 0 && steps.length === 0) return true;
      if (wanting.length === 0) continue;
      if (known.size === 0) known = await this.describe();
      const asked = await this.#ask(wanting, plans, known);
      if (asked === 'again') return false;
      if (asked === 'nothing' && steps.length === 0) return true;
    }
    throw new Error('the gate does not come to rest');
  }

  /** What could not be released is decided again; what has ended does not wait for that. Always false. */
  async #endOnly(steps: readonly Step[]): Promise<false> {
    const ends = steps.filter(({ edge }) => ENDS.includes(edge));
    const isWritten = ends.length > 0 && (await this.#write(ends));
    if (isWritten) await this.#removeEnded();
    return false;
  }

  /** A provider that hangs must not keep a Secret whose release has ended. */
  async describe(): Promise<ReadonlyMap<PlanLine, LineVersion>> {
    await this.#removeEnded();
    return this.#input.describe();
  }

  async #removeEnded(): Promise<void> {
    const { party, view } = this.#input;
    const holder = holdingView(party, view);
    if (holder) await removeEnded(holder, targetsOf(this.#decisions), this.#deps, this.#signal);
  }

  outcome(): GateOutcome {
    return {
      view: this.#cleared ?? this.#input.view,
      state: this.#state,
      decisions: this.#decisions,
      findings: this.#findings,
      votes: [...this.#votesTold.values()],
      debounceMs: this.#debounceMs,
    };
  }

  async #decide(plans: readonly TargetPlan[] | undefined, versions: ReadonlyMap<PlanLine, LineVersion>) {
    const planned = { plans, versions, entries: this.#entries() };
    const found = await decideRound(this.#input, this.#state, planned, this.#deps, this.#signal);
    this.#isUnknown = found.isUnknown;
    this.#decisions = found.decisions;
    for (const weighed of found.decisions.flatMap(({ decision }) => decision.votes))
      this.#votesTold.set(weighed.vote.uid, weighed);
    return {
      steps: found.steps,
      wanting: found.decisions.filter(({ decision }) => decision.wanted.kind === 'unrequested'),
    };
  }

  /** The moment of release: everything is read once more, live, and the request says so before the ledger does. */
  async #release(steps: readonly Step[]): Promise<boolean> {
    const { view, party, facts, basis } = this.#input;
    for (const step of steps) {
      const decided = this.#decisions.find(({ decision }) => decision.steps.includes(step));
      if (!decided || step.entry.state !== 'Released') continue;
      const releasing = {
        view,
        party,
        facts,
        basis,
        consumer: decided.consumer,
        entry: step.entry,
        votes: this.#state.reviews,
        policies: this.#state.policies.votedBy,
      };
      if (!(await releaseOf(releasing, this.#deps, this.#signal))) return false;
    }
    return true;
  }

  async #write(steps: readonly Step[]): Promise<boolean> {
    // while something is not known nothing follows from anything, and what is remembered stays as it is
    if (this.#isUnknown) return true;
    const { view, party } = this.#input;
    const before = this.#state;
    const settled = steps.length === 0 && isAnswered(this.#input, this.#decisions, before.entries);
    const after = ledgerAfter(before, steps, settled && view.authors.length === 0);
    const shown = this.#deps.world.ledgers.get(view.metadata.uid);
    const written = await this.#deps.ledgers.write(before.ledger, after, shown, this.#signal);
    if (written.kind === 'stale') return false;
    this.#state = this.#stateOf(written.ledger);
    announceSteps(view, party, before.entries, steps, this.#deps);
    if (settled && view.authors.length > 0 && steps.length === 0) return this.#clear();
    return true;
  }

  /** Once everything was answered. False: the scope was edited meanwhile. */
  async #clear(): Promise<boolean> {
    const cleared = await clearAuthors(this.#input.view, this.#deps, this.#signal);
    if (cleared === 'stale') return false;
    this.#cleared = cleared;
    return true;
  }

  async #ask(
    wanting: readonly Decided[],
    plans: readonly TargetPlan[] | undefined,
    versions: ReadonlyMap<PlanLine, LineVersion>,
  ): Promise<'asked' | 'nothing' | 'again'> {
    const { view, spec, party } = this.#input;
    const { requests } = this.#state;
    const entries = this.#entries();
    const described = consumersOf({ view, spec, party, plans, entries, requests, versions });
    const steps: Step[] = [];
    for (const { consumer, facts } of wanting) {
      const now = described.find((one) => one.consumer.name === consumer.consumer.name) ?? consumer;
      const asked = await askFor(
        { view, consumer: now, facts, state: this.#state },
        this.#deps,
        this.#signal,
      );
      if (asked.kind === 'again') return 'again';
      if (asked.kind === 'later') this.#debounceMs = Math.min(asked.ms, this.#debounceMs ?? asked.ms);
      if (asked.kind === 'full') this.#findings.push(asked.finding);
      if (asked.kind !== 'asked') continue;
      this.#made.push(asked.request);
      steps.push(ask(wantedSubject(now), asked.id, asked.createdAt, facts));
    }
    if (steps.length === 0) return 'nothing';
    return (await this.#write(steps)) ? 'asked' : 'again';
  }

  /** What the ledger remembers for this party. */
  #entries(): LedgerEntry[] {
    const { view, party } = this.#input;
    return this.#state.entries.filter((entry) => concerns(party, entry, view, this.#deps));
  }

  #stateOf(ledger: Parameters<typeof gateState>[1]): GateState {
    return gateState(this.#input.view, ledger, nowOf(this.#deps), this.#made, this.#deps);
  }
}

function scopeIn({ metadata: { name, namespace, uid } }: ScopeView) {
  return { name, namespace, uid };
}
