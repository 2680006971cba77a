/** Names in messages: reviewers, requests, times, in the words of the API. */
import type { Instant, LedgerEntry } from '../model/approval.ts';
import type { Reviewer } from '../model/kinds/protection.ts';

/** `Group web-leads`, `ServiceAccount ci/bot`: once for each reviewer, so that it also tells them apart. */
export function reviewerText({ kind, namespace = '', name }: Reviewer): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

/** `User ana, Group leads`, or `nobody`. */
export function reviewersText(reviewers: readonly Reviewer[]): string {
  return reviewers.length === 0 ? 'nobody' : reviewers.map(reviewerText).join(', ');
}

/** RFC 3339 as the API server writes it. */
export function timeText(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** As kubectl takes it. */
export function requestText({ request }: LedgerEntry): string {
  return `SecretRequest ${request.name}`;
}

/** Each once, in order. */
export function votersText(votes: readonly { readonly username: string }[]): string {
  return [...new Set(votes.map(({ username }) => username))].sort().join(', ');
}
