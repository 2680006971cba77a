/**
 * Owns: what the API server refused, in the words of a reviewer, with the next step. Used by: the review verbs.
 * The exit code stays that of the refusal, and what the server itself said is printed after it.
 */
import { isKubeError, KubeError } from '../kube/kube-error.ts';

class ReviewRefusal extends KubeError {
  constructor({ kind, status, reason, serverMessage }: KubeError, message: string) {
    const call = { verb: '', resource: '', target: '', sensitive: false };
    super({ kind, status, reason, serverMessage, call });
    this.message = message;
  }
}

interface Words {
  readonly forbidden?: string;
  readonly notFound?: string;
}

/** The error to throw instead: with our words where we have some for this refusal, else as it is. */
export function inWords(error: unknown, words: Words): unknown {
  if (isKubeError(error, 'forbidden') && words.forbidden !== undefined)
    return new ReviewRefusal(error, words.forbidden);
  if (isKubeError(error, 'notFound') && words.notFound !== undefined)
    return new ReviewRefusal(error, words.notFound);
  return error;
}

/** Why a vote was not stored, or that nobody can say whether it was. */
export function voteRefusal(error: unknown, vote: { namespace: string; name: string }): unknown {
  if (!isKubeError(error)) return error;
  const { namespace, name } = vote;
  if (error.kind === 'forbidden') return new ReviewRefusal(error, forbiddenText(error, namespace));
  if (error.kind === 'invalid')
    return new ReviewRefusal(
      error,
      'the API server took the vote for a wrong one and did not store it; change what it says here and vote again',
    );
  // the answer is missing, not the write: a second vote would be harmless, but nobody should have to guess
  if (['timeout', 'network', 'server'].includes(error.kind))
    return new ReviewRefusal(
      error,
      `whether the vote was stored is not known; look with: kubectl get requestreview ${name} -n ${namespace}`,
    );
  return error;
}

/** RBAC and admission both say 403, but only for one of them a right is the answer. */
function forbiddenText(error: KubeError, namespace: string): string {
  return /admission/i.test(error.serverMessage ?? '')
    ? 'the vote was refused by an admission policy and not stored; it says itself what is missing'
    : `you may not vote in namespace ${namespace}; have somebody who may give it bind you the verb create on requestreviews there`;
}
