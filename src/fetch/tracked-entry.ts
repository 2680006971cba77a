/** What is kept of one known thing, and what it is kept with. Types of tracked-answers.ts. */
import type { Clock, Random } from '../kube/clock.ts';
import type { Asker } from './flight.ts';

/** `doubted`: somebody saw that what is known is not true any more. */
export type Ask<Q, A> = (query: Q, asker: Asker, doubted: boolean) => Promise<A>;

export interface TrackerOptions<Q, A> {
  readonly clock: Clock;
  readonly random: Random;
  readonly keyOf: (query: Q) => string;
  readonly ask: Ask<Q, A>;
  /** How long a good answer counts at this moment, milliseconds. */
  readonly lasts: (query: Q) => number;
  /** Equal texts for equal answers; undefined for an answer that says nothing about the secret. */
  readonly digest: (answer: A) => string | undefined;
  /** Whether an answer counts for the whole interval; others for ten seconds, since somebody waits for them to change. */
  readonly good: (answer: A) => boolean;
  readonly onChange: (query: Q) => void;
  readonly onLookup: (hit: boolean) => void;
}

export interface Entry<Q, A> {
  readonly query: Q;
  /** the last one that said something */
  answer: A;
  /** when it was known to be true: asked then, or vouched for */
  verifiedAt: number;
  freshUntil: number;
  /** when it is asked again by itself */
  dueAt: number;
  doubted: boolean;
  /** digest of what somebody was given meanwhile */
  given?: string | undefined;
  /** when somebody last wanted it */
  askedAt: number;
  /** whoever may want it was told that it is going to be forgotten */
  called: boolean;
}

/** What a look at the provider says of something known: nothing, that it is still true, or that it may not be. */
export type Verdict = 'silent' | 'true' | 'doubtful';
