/** Owns: names, times and marks in what reviewers read. Used by: the review verbs. Pure. */
import type { Condition, Resource } from '../model/kinds/common.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import type { RequestSpec } from '../model/kinds/secret-request.ts';

/** A name as it is where nothing in it could pass for our own words, else in quotes. */
export function quoted(text: string): string {
  return /^[\w.@:/+=-]+$/.test(text) ? text : JSON.stringify(text);
}

/** `Group web-leads`, `ServiceAccount ci/bot`. */
export function reviewerText({ kind, namespace = '', name }: Reviewer): string {
  return `${kind} ${namespace === '' ? '' : `${quoted(namespace)}/`}${quoted(name)}`;
}

export function reviewersText(reviewers: readonly Reviewer[]): string {
  return reviewers.length === 0 ? 'nobody' : reviewers.map(reviewerText).join(', ');
}

const CONSUMERS: Readonly<Record<RequestSpec['consumer']['kind'], string>> = {
  Target: 'target',
  SecretClaim: 'claim',
  WebhookAutomation: 'automation',
};

/** `target team-web-prod/web`, `claim ci/deploy-42`: who gets it, which may be in another namespace than the request. */
export function consumerText({ kind, namespace, name }: RequestSpec['consumer']): string {
  return `${CONSUMERS[kind]} ${quoted(namespace)}/${quoted(name)}`;
}

export function authorsText(spec: { authors: readonly string[]; authorsComplete: boolean }): string {
  const names = spec.authors.map(quoted).join(', ');
  if (names === '') return 'not known';
  return spec.authorsComplete ? names : `${names}, maybe others`;
}

const UNITS = [
  { letter: 'd', ms: 86_400_000 },
  { letter: 'h', ms: 3_600_000 },
  { letter: 'm', ms: 60_000 },
  { letter: 's', ms: 1_000 },
] as const;

/** `5s`, `3m`, `2h`, `4d`, in the largest unit that there are at least two of, as kubectl does. */
export function ageText(created: string | undefined, now: number): string {
  const age = Math.max(0, now - Date.parse(created ?? ''));
  if (Number.isNaN(age)) return 'unknown';
  const unit = UNITS.find(({ ms }) => age >= 2 * ms) ?? UNITS[3];
  return `${Math.floor(age / unit.ms)}${unit.letter}`;
}

/** A status is not validated on the way in: whatever is no text is no answer. */
export function statusText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function conditionOf(object: Resource<unknown, unknown>, type: string): Condition | undefined {
  const { status } = object;
  if (typeof status !== 'object' || status === null || !('conditions' in status)) return undefined;
  const { conditions } = status;
  if (!Array.isArray(conditions)) return undefined;
  return (conditions as Condition[]).find((condition) => condition?.type === type);
}

/** What the operator says of a vote. */
export function worthText(counted: Pick<Condition, 'status' | 'reason' | 'message'> | undefined): string {
  if (!counted) return 'nothing yet';
  const { status, reason, message } = counted;
  if (status === 'True') return 'it counts';
  const worth = status === 'False' ? 'it does not count' : 'not known yet';
  return `${worth} (${reason}): ${message}`;
}
