import type { CountedVote, Grant, LedgerEntry, SecretFate } from '../model/approval.ts';
import type { Step, Verdict } from '../model/verdict.ts';
import { decidedVerdict } from './decided-verdict.ts';
import { type EdgeName, take } from './edges.ts';
import { type GateContext, thisMoment } from './gate-context.ts';

/** What was found out about a plan, and about the request for it if there is one. */
export interface Judgement<V extends Verdict = Verdict> {
  readonly verdict: V;
  /** As it is afterwards; undefined: nobody has requested the plan. */
  readonly entry: LedgerEntry | undefined;
  /** At most one: no request moves twice in one decision. */
  readonly steps: readonly Step<EdgeName>[];
}

/** Nothing changes. */
export function stays<V extends Verdict>(verdict: V, entry?: LedgerEntry): Judgement<V> {
  return { verdict, entry, steps: [] };
}

interface Along {
  readonly edge: EdgeName;
  readonly votes: readonly CountedVote[];
  readonly secret?: SecretFate;
  readonly grant?: Grant;
}

/** The request goes along an edge; what is said of it then is what its entry says. */
export function moves(before: LedgerEntry, along: Along, context: GateContext): Judgement {
  const { edge, votes, secret, grant } = along;
  const { entry } = take(before, edge, {
    ...thisMoment(context),
    votes,
    ...(secret !== undefined && { secret }),
    ...(grant !== undefined && { grant }),
  });
  return { verdict: decidedVerdict(entry, context), entry, steps: [{ edge, entry }] };
}
