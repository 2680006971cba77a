/**
 * Owns: what a live check says of those who voted. Nothing of it is remembered: whoever lost the right since the last
 * look does not count (FAULTS 26).
 */
import { type AccessAnswer, maySubject, type Subject as Person } from '../../kube/access-review.ts';
import type { VoteFacts, VoterFacts } from '../../model/approval.ts';
import { GROUP } from '../../model/kinds/common.ts';
import type { Reviewer } from '../../model/kinds/protection.ts';
import type { ReviewSpec } from '../../model/kinds/request-review.ts';
import type { ReviewView } from '../../watch/approval-views.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';

// who votes holds a right, so there are few; a reconcile has 120 s, and a review takes a millisecond or two
const MAX_QUESTIONS = 64;

type Standing = VoterFacts['standing'];

/** The votes as the gate weighs them. Refusals are looked at first: of those beyond the limit nothing is known. */
export async function voteFacts(
  scope: ScopeView,
  views: readonly ReviewView[],
  deps: Deps,
  signal: AbortSignal,
): Promise<VoteFacts[]> {
  const standings = new Map<string, Standing>();
  const votes: VoteFacts[] = [];
  for (const view of [...views].sort(refusalsFirst)) {
    if (view.spec.kind !== 'ok') continue;
    const question = questionOf(view.spec.value);
    const known = standings.get(question.key);
    const standing =
      known ?? (standings.size < MAX_QUESTIONS ? await standingOf(scope, question, deps, signal) : 'unknown');
    standings.set(question.key, standing);
    votes.push(voteOf(view, view.spec.value, scope, question, standing));
  }
  return votes;
}

function refusalsFirst(a: ReviewView, b: ReviewView): number {
  return rank(a) - rank(b);
}

function rank({ spec }: ReviewView): number {
  return spec.kind === 'ok' && (spec.value.decision === 'Reject' || spec.value.decision === 'Revoke') ? 0 : 1;
}

interface Question {
  readonly key: string;
  readonly person: Person;
  readonly capacity: VoterFacts['capacity'];
}

function questionOf({ reviewer, as, decision }: ReviewSpec): Question {
  const capacity = decision === 'Bypass' ? 'bypass' : 'approve';
  const groups = [...groupsOf(as, reviewer.username), 'system:authenticated'];
  const person = { user: reviewer.username, uid: reviewer.uid, groups };
  return { key: JSON.stringify([person, capacity]), person, capacity };
}

/** Admission proved the group that the vote is cast in; of the others nobody knows whether they still hold. */
function groupsOf({ kind, name }: Reviewer, username: string): string[] {
  if (kind === 'Group') return [name];
  const [, , namespace] = username.startsWith('system:serviceaccount:') ? username.split(':') : [];
  return namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

async function standingOf(
  { metadata: { namespace, name } }: ScopeView,
  { person, capacity }: Question,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<Standing> {
  const subresource = capacity === 'approve' ? 'approval' : 'bypass';
  const question = { verb: capacity, group: GROUP, resource: 'secretscopes', subresource, namespace, name };
  return standingIn(await maySubject(kube, person, question, { signal }));
}

function standingIn(answer: AccessAnswer): Standing {
  switch (answer.kind) {
    case 'allowed':
      return 'authorized';
    case 'denied':
      return 'notAuthorized';
    case 'undecided':
      return 'unknown';
    default:
      return unreachable(answer);
  }
}

function voteOf(
  view: ReviewView,
  spec: ReviewSpec,
  scope: ScopeView,
  { capacity }: Question,
  standing: Standing,
): VoteFacts {
  const { reviewer, as } = spec;
  return {
    uid: view.metadata.uid,
    decision: spec.decision,
    // admission asked for the right to the scope of this name: with another one it proved nothing (THREATS 13)
    scopeUID: spec.scopeRef.name === scope.metadata.name ? spec.scopeRef.uid : '',
    request: spec.requestRef,
    subject: spec.subject,
    as,
    hasComment: (spec.comment ?? '') !== '',
    castAt: Date.parse(view.createdAt),
    deleting: view.deleting,
    voter: {
      username: reviewer.username,
      uid: reviewer.uid ?? '',
      capacity,
      standing,
      countsFor: [as, ...inPerson(reviewer.username)],
    },
  };
}

/** Whoever votes through a group is a person, or an account, all the same. */
function inPerson(username: string): Reviewer[] {
  const [, , namespace, name] = username.startsWith('system:serviceaccount:') ? username.split(':') : [];
  if (namespace !== undefined && name !== undefined) return [{ kind: 'ServiceAccount', namespace, name }];
  return [{ kind: 'User', name: username }];
}

function unreachable(answer: never): never {
  throw new Error(`an access review has no such answer: ${JSON.stringify(answer)}`);
}
