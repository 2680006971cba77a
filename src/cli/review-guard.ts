/** Owns: how a scope is guarded, as far as the caller may see it. Used by: review-cast.ts. */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { VoteDecision } from '../model/approval.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import { SCOPES } from '../watch/resources.ts';
import { scopeView } from '../watch/views.ts';
import { inWords } from './review-refusal.ts';

export interface Guard {
  readonly reviewers: readonly Reviewer[];
  readonly preventSelfReview: boolean;
}

interface ScopePlace {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Undefined where the caller may not read the scope. Throws where a vote could not count whoever cast it. */
export async function readGuard(
  kube: KubeClient,
  scope: ScopePlace,
  decision: VoteDecision,
): Promise<Guard | undefined> {
  const place = `${scope.namespace}/${scope.name}`;
  const gone = `scope ${place} is not there any more, so a vote on this request would count for nothing; see what waits: secretscope review list -n ${scope.namespace}`;
  try {
    const { metadata, spec } = scopeView(await kube.get(SCOPES, scope));
    if (spec.kind === 'invalid')
      throw new Error(
        `this version cannot read scope ${place}; use the secretscope of the operator's version`,
      );
    if (metadata.uid !== scope.uid) throw new Error(gone);
    return guardOf('protection' in spec.value ? spec.value.protection : undefined, place, decision);
  } catch (error) {
    if (isKubeError(error, 'forbidden')) return undefined;
    throw inWords(error, { notFound: gone });
  }
}

interface Protection {
  readonly requiredReviewers?: readonly Reviewer[] | undefined;
  readonly preventSelfReview?: boolean | undefined;
  readonly allowBypass?: boolean | undefined;
}

function guardOf(protection: Protection = {}, place: string, decision: VoteDecision): Guard {
  const { requiredReviewers = [], preventSelfReview = false, allowBypass = false } = protection;
  if (decision === 'Bypass' && !allowBypass)
    throw new Error(
      `scope ${place} does not allow a bypass; have a reviewer approve, or have whoever owns its protection set spec.protection.allowBypass`,
    );
  return { reviewers: requiredReviewers, preventSelfReview };
}
