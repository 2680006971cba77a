/**
 * Asks the API server who may do what.
 * Called by doctor (its own rights) and by whatever checks that somebody still holds a right.
 */
import type { CallOptions } from './call-options.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { type ResourceType, resource } from './kube-objects.ts';

export interface AccessQuestion {
  readonly verb: string;
  /** empty for the core group */
  readonly group: string;
  /** plural; `secretscopes/approval` is resource `secretscopes` with subresource `approval` */
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export interface Subject {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** `undecided` is neither yes nor no: an authorizer failed and none of the others allowed it. */
export type AccessAnswer =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'undecided'; readonly why: string };

const review = (kind: string, plural: string): ResourceType =>
  resource({ group: 'authorization.k8s.io', version: 'v1', plural, kind, namespaced: false });
const SELF = review('SelfSubjectAccessReview', 'selfsubjectaccessreviews');
const SUBJECT = review('SubjectAccessReview', 'subjectaccessreviews');

/** Whether the client's own account may. */
export async function mayI(
  client: KubeClient,
  question: AccessQuestion,
  options?: CallOptions,
): Promise<AccessAnswer> {
  const body = reviewOf(SELF.kind, { resourceAttributes: attributes(question) });
  return answerOf('selfsubjectaccessreviews', await client.review(SELF, body, options));
}

/** Whether somebody else may; needs `create` on subjectaccessreviews. */
export async function maySubject(
  client: KubeClient,
  { user, uid, groups }: Subject,
  question: AccessQuestion,
  options?: CallOptions,
): Promise<AccessAnswer> {
  const body = reviewOf(SUBJECT.kind, { user, uid, groups, resourceAttributes: attributes(question) });
  return answerOf('subjectaccessreviews', await client.review(SUBJECT, body, options));
}

/** Whether somebody may get a path that is no object, such as /metrics; needs `create` on subjectaccessreviews. */
export async function mayGetPath(
  client: KubeClient,
  { user, uid, groups, extra }: Subject,
  path: string,
  options?: CallOptions,
): Promise<AccessAnswer> {
  const nonResourceAttributes = { path, verb: 'get' };
  const body = reviewOf(SUBJECT.kind, { user, uid, groups, extra, nonResourceAttributes });
  return answerOf('subjectaccessreviews', await client.review(SUBJECT, body, options));
}

function reviewOf(kind: string, spec: object) {
  return { apiVersion: 'authorization.k8s.io/v1', kind, spec };
}

/** The wildcard version asks about the right itself, as RBAC grants it for all versions. */
function attributes(question: AccessQuestion) {
  return { ...question, version: '*' };
}

function answerOf(resourceName: string, answer: unknown): AccessAnswer {
  const { status } = answer as {
    status?: { allowed?: unknown; denied?: unknown; evaluationError?: unknown };
  };
  if (typeof status?.allowed !== 'boolean') {
    const call = { verb: 'create', resource: resourceName, target: '', sensitive: false };
    throw new KubeError({ kind: 'badAnswer', call, reason: 'NotAReview' });
  }
  if (status.allowed) return { kind: 'allowed' };
  const { evaluationError } = status;
  if (!status.denied && typeof evaluationError === 'string' && evaluationError !== '')
    return { kind: 'undecided', why: evaluationError };
  return { kind: 'denied' };
}
