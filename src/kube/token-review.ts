/** Asks the API server whose a bearer token is. Called by whatever answers others: metrics. */
import type { Subject } from './access-review.ts';
import type { CallOptions } from './call-options.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { resource } from './kube-objects.ts';

const TOKEN_REVIEWS = resource({
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
});

/** Undefined: nobody's. Needs `create` on tokenreviews. Throws KubeError, in which no token is. */
export async function whoseToken(
  client: KubeClient,
  token: string,
  options?: CallOptions,
): Promise<Subject | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: TOKEN_REVIEWS.kind, spec: { token } };
  const answer = await client.review(TOKEN_REVIEWS, body, options);
  const { status } = answer as { status?: { authenticated?: unknown; user?: unknown } };
  if (typeof status !== 'object' || status === null) {
    const call = { verb: 'create', resource: TOKEN_REVIEWS.plural, target: '', sensitive: true };
    throw new KubeError({ kind: 'badAnswer', call, reason: 'NotAReview' });
  }
  return status.authenticated === true ? subjectOf(status.user) : undefined;
}

/** One whose name is missing is nobody. */
function subjectOf(user: unknown): Subject | undefined {
  const { username, uid, groups, extra } = (user ?? {}) as {
    username?: unknown;
    uid?: string;
    groups?: readonly string[];
    extra?: Subject['extra'];
  };
  if (typeof username !== 'string' || username === '') return undefined;
  return { user: username, uid, groups: groups ?? [], extra };
}
