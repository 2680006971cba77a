/** Owns: that a scope and a wish are what the watch shows, at the moment of a write. Used by: store-value.ts, delete-value.ts. */
import { whenFound } from '../../kube/when-found.ts';
import { SCOPES, SEALED_VALUES } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { SealedView } from '../../watch/writing-views.ts';
import type { Deps } from '../deps.ts';

/** Its key may have changed since, or its backend, and a value in the wrong place is somebody else's. */
export async function isStillIt(
  { metadata, generation }: ScopeView,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const live = await whenFound(() => deps.kube.getMetadata(SCOPES, metadata, { signal }));
  return live?.metadata.uid === metadata.uid && (live.metadata.generation ?? 0) === generation;
}

/** Whoever took a deletion back in time must not lose the value to a watch that lags. */
export async function isStillWished(
  { metadata, generation }: SealedView,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const live = await whenFound(() => deps.kube.getMetadata(SEALED_VALUES, metadata, { signal }));
  if (live?.metadata.uid !== metadata.uid || live.metadata.deletionTimestamp !== undefined) return false;
  return (live.metadata.generation ?? 0) === generation;
}
