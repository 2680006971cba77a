import { isKubeError } from '../../kube/kube-error.ts';
import { SCOPES } from '../../watch/resources.ts';
import { type ScopeView, scopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';

/**
 * Empties the list of those who asked, once everything they asked for was decided. It follows the version that was
 * decided on: an edit in between keeps its author. Answers the scope as it is then; `stale` where somebody
 * changed it meanwhile, undefined where it cannot be changed.
 */
export async function clearAuthors(
  { metadata: { uid, namespace, name }, resourceVersion }: ScopeView,
  { kube, fence, log }: Deps,
  signal: AbortSignal,
): Promise<ScopeView | 'stale' | undefined> {
  const patch = { metadata: { uid, resourceVersion }, authors: [] };
  try {
    fence();
    return scopeView(await kube.mergePatch(SCOPES, { namespace, name }, patch, { signal }));
  } catch (error) {
    if (isKubeError(error, 'conflict')) return 'stale';
    if (!isKubeError(error, 'notFound', 'forbidden')) throw error;
    // whoever stays in the list cannot approve what comes next: safe, and tried again with the next change
    log.debug({ scope: `${namespace}/${name}`, err: error }, 'authors could not be cleared');
    return undefined;
  }
}
