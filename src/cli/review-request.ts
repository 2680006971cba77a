/**
 * Owns: one request with its votes, as reviewers see it. Used by: show, and by every vote before it is cast.
 * What it says comes from the spec; the status is carried along as what the operator says, and decides nothing here.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import type { Condition } from '../model/kinds/common.ts';
import type { RequestReview } from '../model/kinds/request-review.ts';
import type { RequestSpec, SecretRequest } from '../model/kinds/secret-request.ts';
import { subjectOf } from '../model/request-subject.ts';
import { type Found, findRequest, listVotes, type Place, readRequest } from './review-cluster.ts';
import { conditionOf, statusText } from './review-wording.ts';

interface OperatorSays {
  readonly state?: string;
  readonly approvals?: string;
  readonly expires?: string;
  readonly ready?: Pick<Condition, 'status' | 'reason' | 'message'>;
}

export interface ShownVote {
  readonly vote: string;
  readonly decision: string;
  readonly by: string;
  readonly as: RequestReview['spec']['as'];
  readonly comment?: string;
  readonly castAt?: string;
  /** False: the vote names another plan than the request holds. */
  readonly samePlan: boolean;
  readonly operatorSays?: Pick<Condition, 'status' | 'reason' | 'message'>;
}

/** As `-o json` prints it. */
export interface ShownRequest {
  readonly request: string;
  readonly uid: string;
  readonly createdAt?: string;
  /** `named` is what the request says of itself, `computed` what it really holds (THREATS 24). */
  readonly subject: { readonly named: string; readonly computed: string; readonly same: boolean };
  readonly spec: RequestSpec;
  /** The spec of the request that is released now; absent: there is none, or it cannot be read. */
  readonly before?: RequestSpec;
  readonly votes: readonly ShownVote[];
  readonly operatorSays: OperatorSays;
  readonly notes: readonly string[];
}

export async function readShown(kube: KubeClient, place: Place): Promise<ShownRequest> {
  const request = await readRequest(kube, place);
  const { uid } = request.metadata;
  const votes = await listVotes(kube, place.namespace, uid);
  const before = await readReplaced(kube, place.namespace, request.spec.replaces);
  return { ...shownRequest(request, votes), ...(before && { before }) };
}

/** Only to say what changed lines were, so that nothing depends on it. */
async function readReplaced(
  kube: KubeClient,
  namespace: string,
  replaces: RequestSpec['replaces'],
): Promise<RequestSpec | undefined> {
  if (!replaces) return undefined;
  const found = await findRequest(kube, { namespace, name: replaces.name });
  return found?.metadata.uid === replaces.uid ? found.spec : undefined;
}

function shownRequest(request: SecretRequest, { items: votes, notes }: Found<RequestReview>): ShownRequest {
  const { metadata, spec } = request;
  const computed = subjectOf(spec).digest;
  return {
    request: `${metadata.namespace ?? ''}/${metadata.name}`,
    uid: metadata.uid,
    ...(metadata.creationTimestamp && { createdAt: metadata.creationTimestamp }),
    subject: { named: spec.subject, computed, same: spec.subject === computed },
    spec,
    votes: votes
      .filter((vote) => vote.spec.requestRef.uid === metadata.uid)
      .map((vote) => shownVote(vote, computed))
      .sort(byTime),
    operatorSays: operatorSays(request),
    notes,
  };
}

export function operatorSays(request: SecretRequest): OperatorSays {
  const { status } = request;
  const [state, approvals, expires] = [status?.state, status?.approvals, status?.expires].map(statusText);
  const ready = conditionOf(request, 'Ready');
  return {
    ...(state !== undefined && { state }),
    ...(approvals !== undefined && { approvals }),
    ...(expires !== undefined && { expires }),
    ...(ready && { ready: told(ready) }),
  };
}

function shownVote(vote: RequestReview, digest: string): ShownVote {
  const { metadata, spec } = vote;
  const counted = conditionOf(vote, 'Counted');
  return {
    vote: metadata.name,
    decision: spec.decision,
    by: spec.reviewer.username,
    as: spec.as,
    ...(spec.comment !== undefined && { comment: spec.comment }),
    ...(metadata.creationTimestamp && { castAt: metadata.creationTimestamp }),
    samePlan: spec.subject === digest,
    ...(counted && { operatorSays: told(counted) }),
  };
}

function told({ status, reason, message }: Condition): Pick<Condition, 'status' | 'reason' | 'message'> {
  return { status, reason, message };
}

function byTime(a: ShownVote, b: ShownVote): number {
  return (a.castAt ?? '') < (b.castAt ?? '') ? -1 : 1;
}
