import type { Authors, GateFacts, Instant, LedgerEntry } from '../model/approval.ts';
import type { Undecidable } from '../model/verdict.ts';
import { allAuthors } from './persons.ts';
import { type Terms, termsOf } from './terms.ts';

/** What every judgement of one decision looks at. */
export interface GateContext {
  readonly facts: GateFacts;
  readonly terms: Terms;
}

/** Throws on settings that the schema would have refused. */
export function contextOf(facts: GateFacts): GateContext {
  return { facts, terms: termsOf(facts.protection, facts.chainNamespaces) };
}

/**
 * When what ends at `end` is over by every clock; those of the operator and of the API servers differ by up to
 * `skewMs`. What opens a gate has to be over by all of them, what closes one by one of them (FAULTS 32).
 */
export function opensAt({ facts }: GateContext, end: Instant): Instant {
  return end + facts.skewMs;
}

/** When the wait timer of a request has run by every clock; without a timer there is nothing to wait for. */
export function timerEnd(context: GateContext, { createdAt }: LedgerEntry): Instant {
  const { waitMs } = context.terms;
  return waitMs === 0 ? Number.NEGATIVE_INFINITY : opensAt(context, createdAt + waitMs);
}

/** When what ends at `end` is over by one clock at least. */
export function closesAt({ facts }: GateContext, end: Instant): Instant {
  return end - facts.skewMs;
}

/** What every step is stamped with. */
export function thisMoment({ facts }: GateContext): { readonly at: Instant; readonly askedAgain: string } {
  return { at: facts.now, askedAgain: facts.askedAgain };
}

/** When a request that nobody has decided expires. */
export function pendingEnd({ terms }: GateContext, entry: LedgerEntry): Instant {
  return entry.createdAt + terms.pendingTTLMs;
}

/** Who asked for a request: those it was made with, and those who changed what it covers since. */
export function authorsOf({ facts }: GateContext, entry: LedgerEntry): Authors {
  return allAuthors(entry.authors, facts.ledger.authors);
}

/** Set while something could not be looked up: then nothing is opened and nothing is closed. */
export function notLookedUp({ facts }: GateContext): Undecidable | undefined {
  const [first] = facts.unknown;
  if (first === undefined) return undefined;
  const message = facts.unknown.map((one) => one.message).join('; ');
  return { kind: 'undecidable', reason: first.reason, message, until: undefined };
}

/** Set while votes prove nothing, since the policies that prove who voted are not in force (THREATS 9). */
export function votesUnproven({ facts }: GateContext): Undecidable | undefined {
  if (facts.policies.inForceSince !== undefined) return undefined;
  return {
    kind: 'undecidable',
    reason: 'PolicyNotInForce',
    message:
      'the admission policies that prove who voted are not in force, so no vote counts; apply again what you installed with (secretscope doctor has the command), and vote anew a minute later',
    until: undefined,
  };
}
