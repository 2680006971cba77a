/** What a flight queue must know about the kind of question that it carries. Types and their reading; pure. */
import type { CallOutcome } from './bounded-call.ts';
import { isUnsent } from './code-wording.ts';
import type { Refusal } from './port.ts';

/** How one kind of question is put to a backend. */
export interface Operation<Q, A> {
  readonly name: string;
  readonly batchSize: number;
  /** How many calls of it may be under way at once; as many as the account may have without. */
  readonly abreast?: number;
  /** False: what got no answer may have been done all the same, and is not asked again. */
  readonly isRepeatable?: false;
  /** equal for questions that one answer serves */
  readonly keyOf: (query: Q) => string;
  /** One answer for each query, in order. */
  readonly call: (queries: readonly Q[], signal: AbortSignal) => Promise<readonly (A | Refusal)[]>;
  /** Takes over an answer that everybody who waited has seen, or that nobody waits for. */
  readonly done: (query: Q, answer: A | Refusal) => void;
}

/** What one call was like, for rate limit, circuit and metrics. */
export interface CallReport {
  readonly operation: string;
  readonly seconds: number;
  /** `ok`, the kind of the first refusal, or how the call ended without answers */
  readonly outcome: string;
  /** whether the provider said anything at all; undefined when the call does not tell */
  readonly reached: boolean | undefined;
  /** why it was not reached */
  readonly code: string;
  /** the longest silence that was asked for, milliseconds */
  readonly pauseMs: number;
  /** class name of what a backend should not have thrown */
  readonly threw: string | undefined;
}

/** Makes one call. `report` hears of it before anybody gets an answer, so that no retry starts too early. */
export type Departure = (report: (report: CallReport) => void) => Promise<void>;

export function reportOf(
  operation: string,
  outcome: CallOutcome<readonly { readonly kind: string }[]>,
  seconds: number,
): CallReport {
  const report = {
    operation,
    seconds,
    outcome: outcome.kind as string,
    code: '',
    pauseMs: 0,
    threw: undefined,
  };
  switch (outcome.kind) {
    case 'returned':
      return { ...report, ...summary(outcome.result) };
    case 'timedOut':
      return { ...report, reached: false, code: 'Timeout' };
    case 'abandoned':
      return { ...report, reached: undefined };
    case 'threw':
      return { ...report, reached: undefined, threw: outcome.error };
  }
}

/** One answer of the provider's own proves that it is there, whatever became of the others. */
function summary(answers: readonly { readonly kind: string }[]) {
  const refusals = answers.map(refusalOf).filter((refusal) => refusal !== undefined);
  const failure = refusals.find((refusal) => refusal.kind === 'unavailable' && !isUnsent(refusal.code));
  const silent = refusals.filter(({ kind }) => kind === 'unavailable' || kind === 'identityUnavailable');
  const reached = silent.length < answers.length ? true : failure && false;
  const pauses = refusals.map((refusal) => (refusal.kind === 'throttled' ? refusal.afterMs : 0));
  return {
    outcome: refusals[0]?.kind ?? 'ok',
    reached,
    code: failure?.kind === 'unavailable' ? failure.code : '',
    pauseMs: Math.max(0, ...pauses),
  };
}

/** The refusal in an answer, whatever else the operation may answer. */
export function refusalOf(answer: { readonly kind: string }): Refusal | undefined {
  switch (answer.kind) {
    case 'denied':
    case 'sourceRefused':
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      // the kinds are the port's alone: no operation has an answer of its own by these names
      return answer as Refusal;
    default:
      return undefined;
  }
}

/** What the flight at `index` of a call of `count` gets. */
export function answerAt<A>(
  outcome: CallOutcome<readonly (A | Refusal)[]>,
  index: number,
  count: number,
): A | Refusal {
  switch (outcome.kind) {
    case 'returned': {
      const answer = outcome.result.length === count ? outcome.result[index] : undefined;
      return answer ?? { kind: 'unavailable', code: 'AnswersMissing' };
    }
    case 'timedOut':
      return { kind: 'unavailable', code: 'Timeout' };
    case 'abandoned':
      return { kind: 'unavailable', code: 'Aborted' };
    case 'threw':
      return { kind: 'unavailable', code: 'BackendFailed' };
  }
}
