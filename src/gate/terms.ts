import type { Authors, SecretFate } from '../model/approval.ts';
import { durationMs } from '../model/duration.ts';
import type { Protection, Reviewer } from '../model/kinds/protection.ts';
import { authorsAreKnown } from './persons.ts';

const DEFAULT_PENDING_TTL = '720h';
// API-REVIEW 5: where nobody can say who asked, one approval may be the author's own
const APPROVALS_FOR_UNKNOWN_AUTHORS = 2;
const MINUTE_MS = 60_000;

/** The settings of a protection with their defaults, in milliseconds. */
export interface Terms {
  /** False: nothing is asked of anybody, so that nothing has to be requested. */
  readonly guards: boolean;
  /** Whose votes count. May be empty although reviewers are asked for: then nobody can release anything. */
  readonly reviewers: readonly Reviewer[];
  /** 0: nobody has to approve, only the timer runs. */
  readonly minApprovals: number;
  readonly preventSelfReview: boolean;
  readonly waitMs: number;
  readonly pendingTTLMs: number;
  readonly grantTTLMs: number | undefined;
  readonly onRevoke: SecretFate;
  readonly onExpiry: SecretFate;
  readonly allowBypass: boolean;
}

/**
 * Throws on a duration that the schema would have refused. A listed service account of `chainNamespaces` counts
 * for nothing: whoever edits there can act as it (THREATS 13).
 */
export function termsOf(protection: Protection | undefined, chainNamespaces: readonly string[]): Terms {
  const { requiredReviewers = [], minApprovals, waitTimerMinutes = 0, grantTTL } = protection ?? {};
  const asksReviewers = requiredReviewers.length > 0 || minApprovals !== undefined;
  return {
    guards: asksReviewers || waitTimerMinutes > 0,
    reviewers: requiredReviewers.filter((one) => !isServiceAccountOf(one, chainNamespaces)),
    minApprovals: asksReviewers ? (minApprovals ?? 1) : 0,
    preventSelfReview: protection?.preventSelfReview ?? false,
    waitMs: waitTimerMinutes * MINUTE_MS,
    pendingTTLMs: durationMs(protection?.pendingTTL ?? DEFAULT_PENDING_TTL),
    grantTTLMs: grantTTL === undefined ? undefined : durationMs(grantTTL),
    onRevoke: protection?.onRevoke ?? 'Delete',
    onExpiry: protection?.onExpiry ?? 'Retain',
    allowBypass: protection?.allowBypass ?? false,
  };
}

function isServiceAccountOf({ kind, namespace }: Reviewer, namespaces: readonly string[]): boolean {
  return kind === 'ServiceAccount' && namespaces.includes(namespace ?? '');
}

/** How many different reviewers have to approve; under preventSelfReview two where it is not known who asked. */
export function requiredApprovals(terms: Terms, authors: Authors): number {
  return terms.minApprovals === 0 ? 0 : Math.max(terms.minApprovals, vouchers(terms, authors));
}

/** How many different holders of the right have to bypass (Q9: a bypass of one's own is no bypass). */
export function requiredBypasses(terms: Terms, authors: Authors): number {
  return vouchers(terms, authors);
}

function vouchers({ preventSelfReview }: Terms, authors: Authors): number {
  return preventSelfReview && !authorsAreKnown(authors) ? APPROVALS_FOR_UNKNOWN_AUTHORS : 1;
}

/** How many different reviewers could ever approve. A group may have any number of members. */
export function possibleApprovals({ reviewers, preventSelfReview }: Terms, authors: Authors): number {
  if (reviewers.some(({ kind }) => kind === 'Group')) return Number.POSITIVE_INFINITY;
  const barred = preventSelfReview ? authors.names : [];
  return reviewers.filter((one) => !barred.includes(usernameOf(one))).length;
}

/** What the API server calls a listed user or service account. */
export function usernameOf({ kind, namespace, name }: Reviewer): string {
  return kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name;
}
